/** Records uncaught rejections and exceptions, which would end the process of an application. */

/** Comes at a garbage collection, for a session of any test of this process. */
const FORGOTTEN = 'AvatarKitForgottenSessionWarning';
/**
 * The count one minute after the first warning about a handler is ignored, because it can belong to an earlier test of
 * this process. The first warning itself is recorded.
 */
const LATE_COUNT = /^\d+ more in \d+\.\d s, the latest: the handler of /;

export class LooseEnds implements Disposable {
  readonly found: unknown[] = [];
  readonly warnings: Error[] = [];
  readonly #note = (error: unknown): void => void this.found.push(error);
  readonly #warn = (warning: Error): void => {
    if (warning.name !== FORGOTTEN && !LATE_COUNT.test(warning.message)) this.warnings.push(warning);
  };

  constructor() {
    process.on('unhandledRejection', this.#note);
    process.on('uncaughtException', this.#note);
    process.on('warning', this.#warn);
  }

  /** Node reports a rejection after the microtasks of the turn in which it happened. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  [Symbol.dispose](): void {
    process.off('unhandledRejection', this.#note);
    process.off('uncaughtException', this.#note);
    process.off('warning', this.#warn);
  }
}
