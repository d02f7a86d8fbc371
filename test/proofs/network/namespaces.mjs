// @ts-check
/**
 * Two network namespaces that are connected only with each other: neither has a route to any other network.
 * They belong to two processes and end with them. Independent of sessions.
 */
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export const CLIENT_ADDRESS = '10.77.0.1';
export const SERVICE_ADDRESS = '10.77.0.2';
const LINE = ['line0', 'line1'];
const PROGRAMS = ['ip', 'iptables', 'unshare', 'nsenter'];
/** Debian installs some of these programs in folders that are not in the PATH of ordinary users. */
const PATH = [process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(delimiter);
export const ENV = { ...process.env, PATH };

/**
 * The reason why no namespaces can be created here; undefined if they can.
 * @returns {string | undefined}
 */
export function whyNoNamespaces() {
  if (process.getuid?.() !== 0) return 'they need root';
  const missing = PROGRAMS.filter((program) => !isInstalled(program));
  if (missing.length > 0) return `not installed: ${missing.join(' ')} (Debian: iproute2 iptables)`;
  try {
    // Tries everything that is needed later, in a temporary namespace.
    run(
      'unshare',
      '--net',
      'sh',
      '-c',
      'ip link add line0 type veth peer name line1 && iptables -A INPUT -i line0 -j DROP',
    );
    return undefined;
  } catch (error) {
    return `the system refuses them: ${String(error).split('\n').at(-2) ?? ''}`;
  }
}

/** @param {string} program */
function isInstalled(program) {
  return PATH.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @param {string} program @param {...string} words */
function run(program, ...words) {
  return execFileSync(program, words, { env: ENV, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The network link from the namespace of this process to that of another one. */
export class Line {
  /** Runs a program in the namespace of each end. */
  #ends;

  /** @param {number} servicePid */
  constructor(servicePid) {
    const there = ['--target', String(servicePid), '--net'];
    this.#ends = [run, (/** @type {string[]} */ ...words) => run('nsenter', ...there, ...words)];
    run('ip', 'link', 'add', 'line0', 'type', 'veth', 'peer', 'name', 'line1', 'netns', String(servicePid));
    for (const [index, end] of this.#ends.entries()) {
      const address = `${[CLIENT_ADDRESS, SERVICE_ADDRESS][index]}/30`;
      end('ip', 'link', 'set', 'lo', 'up');
      end('ip', 'address', 'add', address, 'dev', LINE[index] ?? '');
      end('ip', 'link', 'set', LINE[index] ?? '', 'up');
      const routes = end('ip', 'route', 'show').trim();
      if (!/^10\.77\.0\.0\/30 dev line\d [^\n]*$/.test(routes))
        throw new Error(`more than one route: ${routes}`);
    }
  }

  /** From now on all packets are dropped, without a reset. */
  cut() {
    this.#rules('-A');
  }

  restore() {
    this.#rules('-D');
  }

  /** @param {'-A' | '-D'} how */
  #rules(how) {
    for (const [index, end] of this.#ends.entries()) {
      end('iptables', how, 'INPUT', '-i', LINE[index] ?? '', '-j', 'DROP');
      end('iptables', how, 'OUTPUT', '-o', LINE[index] ?? '', '-j', 'DROP');
    }
  }
}
