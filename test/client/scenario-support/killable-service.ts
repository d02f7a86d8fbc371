/**
 * The embedded service in a process that can be killed without a close, and started again on the same port.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface ServiceTarget {
  readonly consoleEndpointUrl: string;
  readonly ingressEndpointUrl: string;
  readonly apiKey: string;
  readonly appId: string;
  readonly avatarId: string;
}

export class KillableService implements AsyncDisposable {
  readonly target: ServiceTarget;
  #process: ChildProcess;

  private constructor(process: ChildProcess, target: ServiceTarget) {
    this.#process = process;
    this.target = target;
  }

  static async start(): Promise<KillableService> {
    const [process, target] = await serve('0');
    return new KillableService(process, target);
  }

  /** Kills the process with SIGKILL, so no connection gets a close frame. Resolves when the process has ended. */
  async kill(): Promise<void> {
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await gone;
  }

  /** Starts the service again on the same port. */
  async restart(): Promise<void> {
    [this.#process] = await serve(new URL(this.target.consoleEndpointUrl).port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.kill();
  }
}

async function serve(port: string): Promise<[ChildProcess, ServiceTarget]> {
  const child = fork(join(import.meta.dirname, 'serves.mjs'), [port]);
  const [target] = (await once(child, 'message')) as [ServiceTarget];
  return [child, target];
}
