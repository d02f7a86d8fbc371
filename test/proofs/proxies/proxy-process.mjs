// @ts-check
/**
 * A real proxy as a separate process, with its files in a temporary folder. Starts, signals and ends
 * processes. The configurations are in nginx.mjs and haproxy.mjs.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, rmSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How a proxy handles requests.
 * @typedef {object} Behaviour
 * @property {readonly number[]} upstreams ports of the service on 127.0.0.1; clients are distributed over them
 * @property {number} [answer] every new request gets this status, with the proxy's own page
 * @property {{ readonly perSecond: number, readonly status: 429 | 503 }} [rateLimit] for all requests together
 * @property {number} [idleTimeoutS] a connection without traffic for this time is cut
 * @property {string} [certificate] name of a certificate in test/support/tls: the proxy ends TLS
 */

/**
 * A kind of proxy.
 * @typedef {object} ProxyKind
 * @property {string} program
 * @property {(folder: string, port: number, behaviour: Behaviour) => Readonly<Record<string, string>>} files by name
 * @property {(folder: string) => readonly string[]} command its arguments, for a process in the foreground
 * @property {NodeJS.Signals} reloadSignal
 * @property {NodeJS.Signals} stopSignal the proxy exits when its connections have ended, or soon after
 */

/** Debian installs both in folders that are not in the PATH of ordinary users. */
const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
const READY_WITHIN_MS = 30_000;

/**
 * The path of the program; undefined if it is not installed.
 * @param {string} program
 */
export function findProgram(program) {
  return FOLDERS.map((folder) => join(folder, program)).find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Process groups and folders that must not outlive this process.
 * @type {Set<number>}
 */
const groups = new Set();
/** @type {Set<string>} */
const folders = new Set();
process.on('exit', () => {
  for (const pid of groups) signalGroup(pid, 'SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) process.on(signal, () => process.exit(1));

/** @param {number} pid @param {NodeJS.Signals} signal */
function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has already ended.
  }
}

export class ProxyProcess {
  #kind;
  #folder;
  #usual;
  #behaviour;
  #complaints = '';
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  port;

  /** @param {ProxyKind} kind @param {string} folder @param {number} port @param {Behaviour} behaviour */
  constructor(kind, folder, port, behaviour) {
    this.#kind = kind;
    this.#folder = folder;
    this.port = port;
    this.#usual = behaviour;
    this.#behaviour = behaviour;
  }

  /** @param {ProxyKind} kind @param {Behaviour} behaviour */
  static async start(kind, behaviour) {
    const folder = await mkdtemp(join(tmpdir(), `prove-${kind.program}-`));
    folders.add(folder);
    const proxy = new ProxyProcess(kind, folder, await freePort(), behaviour);
    await proxy.run();
    return proxy;
  }

  /** Starts the program, and waits until it accepts connections. */
  async run() {
    await this.#writeFiles();
    const program = findProgram(this.#kind.program);
    if (program === undefined) throw new Error(`${this.#kind.program} is not installed`);
    // A separate process group, so that master and workers are signalled together.
    const child = spawn(program, this.#kind.command(this.#folder), {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => (this.#complaints += text));
    if (child.pid === undefined) throw new Error(`${program} could not be started`);
    this.#child = child;
    groups.add(child.pid);
    const untilMs = performance.now() + READY_WITHIN_MS;
    while (!(await takesConnections(this.port))) {
      if (performance.now() > untilMs || child.exitCode !== null)
        throw new Error(`${program} does not accept connections: ${this.#complaints.slice(-500)}`);
      await sleep(20);
    }
  }

  /**
   * Loads another configuration without a restart: the usual one with this change.
   * @param {Partial<Behaviour>} [change]
   */
  async reload(change = {}) {
    this.#behaviour = { ...this.#usual, ...change };
    await this.#writeFiles();
    this.#child?.kill(this.#kind.reloadSignal);
  }

  /**
   * Stops the proxy as an operator would, and starts it again.
   * @param {number} pauseMs
   */
  async restart(pauseMs) {
    await this.#end((child) => void child.kill(this.#kind.stopSignal));
    await sleep(pauseMs);
    await this.run();
  }

  /** Kills the processes, so that none can close its connections properly. */
  kill() {
    return this.#end(({ pid = 0 }) => {
      signalGroup(pid, 'SIGKILL');
    });
  }

  freeze() {
    signalGroup(this.#child?.pid ?? 0, 'SIGSTOP');
  }

  thaw() {
    signalGroup(this.#child?.pid ?? 0, 'SIGCONT');
  }

  async dispose() {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
    folders.delete(this.#folder);
  }

  /** @param {(child: import('node:child_process').ChildProcess) => void} end */
  async #end(end) {
    const child = this.#child;
    if (child?.pid === undefined) return;
    const ended = once(child, 'exit');
    if (child.exitCode === null && child.signalCode === null) {
      end(child);
      await ended;
    }
    // Kills workers that the master has left running.
    signalGroup(child.pid, 'SIGKILL');
    groups.delete(child.pid);
    this.#child = undefined;
  }

  async #writeFiles() {
    const files = this.#kind.files(this.#folder, this.port, this.#behaviour);
    for (const [name, text] of Object.entries(files)) await writeFile(join(this.#folder, name), text);
  }
}

/**
 * Ports that this process has used, because a second haproxy can listen on the same port without an error.
 * @type {Set<number>}
 */
const used = new Set();

/** A free port, which is different at each call. */
export async function freePort() {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    server.close();
    await once(server, 'close');
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    if (used.has(port)) continue;
    used.add(port);
    return port;
  }
}

/** @param {number} port @returns {Promise<boolean>} */
function takesConnections(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
