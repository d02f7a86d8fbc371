// @ts-check
/** Real redis-server processes, each on a free port of 127.0.0.1 with its files in a temporary folder. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Undefined if there is no redis-server.
 * @type {string | undefined}
 */
export const REDIS_SERVER = findServer();
if (REDIS_SERVER === undefined) {
  process.stdout.write('left out: fleets on Redis (no redis-server on the PATH)\n');
}

/** Finds the server. `REDIS_SERVER=valkey-server npx vitest run test/fleet` uses another one. */
function findServer() {
  const { REDIS_SERVER: given } = process.env;
  for (const program of given === undefined ? ['redis-server', 'valkey-server'] : [given]) {
    try {
      execFileSync(program, ['--version'], { stdio: 'ignore' });
      return program;
    } catch {
      // Tries the next one.
    }
  }
  return undefined;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * The running servers. They are killed when this process exits, even if the tests fail.
 * @type {Set<import('node:child_process').ChildProcess>}
 */
const running = new Set();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class RedisServer {
  /** @type {number} */
  port;
  #folder = mkdtempSync(join(tmpdir(), 'fleet-redis-'));
  #more;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #process;

  /** @param {number} port @param {readonly string[]} more */
  constructor(port, more) {
    this.port = port;
    this.#more = more;
  }

  /** @param {string[]} more further arguments of the server @returns {Promise<RedisServer>} */
  static async start(...more) {
    const server = new RedisServer(await freePort(), more);
    await server.again();
    return server;
  }

  /**
   * Starts the server on the same port, without its data.
   * @returns {Promise<void>}
   */
  async again() {
    const given = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.#folder];
    const kept = ['--save', '', '--appendonly', 'no', '--enable-debug-command', 'yes'];
    const child = spawn(REDIS_SERVER ?? 'redis-server', [...given, ...kept, ...this.#more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = child;
    running.add(child);
    child.once('close', () => running.delete(child));
    let said = '';
    await new Promise((resolve, reject) => {
      child.stdout.on('data', (text) => {
        said += String(text);
        if (said.includes('Ready to accept connections')) resolve(undefined);
      });
      child.once('exit', () => reject(new Error(`redis-server ended: ${said}`)));
    });
  }

  freeze() {
    this.#process?.kill('SIGSTOP');
  }

  thaw() {
    this.#process?.kill('SIGCONT');
  }

  /**
   * Kills the server.
   * @returns {Promise<void>}
   */
  async kill() {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined) return;
    child.removeAllListeners('exit');
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** @returns {Promise<void>} */
  async stop() {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
