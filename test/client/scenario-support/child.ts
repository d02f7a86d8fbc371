/** Runs a script of this directory in a separate process, with the compiled package, and records how it ends. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { AvatarEmulator } from '../../../src/emulator/index.js';

/** After this time a child process is killed, because it does not end by itself. */
const KILL_AFTER_MS = 80_000;

export interface Ended {
  /** Null if a signal ended the process. */
  readonly exitCode: number | null;
  readonly exitSignal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Child {
  readonly ended: Promise<Ended>;
  readonly #process: ChildProcess;
  readonly #reported = new Set<unknown>();

  /**
   * @param script a file name; its arguments are the URLs of the service, the credentials, and `detail`
   * @param within a command that runs the script's command
   */
  constructor(script: string, service: AvatarEmulator, detail: string, within: readonly string[] = []) {
    const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
    const target = JSON.stringify({ consoleEndpointUrl, ingressEndpointUrl, ...credentials });
    const path = join(import.meta.dirname, script);
    const [command = process.execPath, ...before] = within.length === 0 ? [] : [...within, process.execPath];
    this.#process = spawn(command, [...before, path, target, detail], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#process.on('message', (message) => this.#reported.add(message));
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), KILL_AFTER_MS);
    let stdout = '';
    let stderr = '';
    this.#process.stdout?.on('data', (text: Buffer) => (stdout += text.toString()));
    this.#process.stderr?.on('data', (text: Buffer) => (stderr += text.toString()));
    this.ended = new Promise((resolve) => {
      this.#process.on('close', (exitCode, exitSignal) => {
        clearTimeout(timer);
        resolve({ exitCode, exitSignal, stdout, stderr });
      });
    });
  }

  /** Resolves when the script sends this message, or when it has ended. */
  async said(message: string): Promise<void> {
    await Promise.race([this.#messages(message), this.ended]);
  }

  /** Sends SIGTERM, as a deployment does. */
  terminate(): void {
    this.#process.kill('SIGTERM');
  }

  /** Lets the script continue. */
  goOn(): void {
    if (this.#process.connected) this.#process.send('go on');
  }

  #messages(message: string): Promise<void> {
    if (this.#reported.has(message)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#process.on('message', (reported) => {
        if (reported === message) resolve();
      });
    });
  }
}
