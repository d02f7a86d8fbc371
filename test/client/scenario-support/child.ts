/** Runs a script of this directory in a process of its own, with the compiled package, and watches how it ends. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { AvatarEmulator } from '../../../src/emulator/index.js';

/** A child that has not ended by itself by then never will. */
const KILL_AFTER_MS = 25_000;

export interface Ended {
  /** Null when the child had to be killed. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Child {
  readonly ended: Promise<Ended>;
  readonly #process: ChildProcess;

  /** `script` is a file name; its arguments are the service's URLs, the credentials, and `detail`. */
  constructor(script: string, service: AvatarEmulator, detail: string) {
    const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
    const target = JSON.stringify({ consoleEndpointUrl, ingressEndpointUrl, ...credentials });
    const path = join(import.meta.dirname, script);
    this.#process = spawn(process.execPath, [path, target, detail], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), KILL_AFTER_MS);
    let stdout = '';
    let stderr = '';
    this.#process.stdout?.on('data', (text: Buffer) => (stdout += text.toString()));
    this.#process.stderr?.on('data', (text: Buffer) => (stderr += text.toString()));
    this.ended = new Promise((resolve) => {
      this.#process.on('close', (exitCode) => {
        clearTimeout(timer);
        resolve({ exitCode, stdout, stderr });
      });
    });
  }

  /** Tells the script to go on. */
  goOn(): void {
    if (this.#process.connected) this.#process.send('go on');
  }
}
