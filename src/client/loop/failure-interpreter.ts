/**
 * Turns what the shell observed into the one error class, with the session's secrets taken out. The only place where
 * the shell touches classification; which code a failure gets is decided in `core/failure`.
 */
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { classify } from '../../core/failure/classify.js';
import type { FailureFacts } from '../../core/failure/failure-facts.js';
import type { Redactor } from '../../core/failure/redactor.js';
import { cleanserOf, shownText, toAvatarSDKError } from '../../core/failure/to-avatar-sdk-error.js';
import type { Clock } from '../../ports/clock.js';

export class FailureInterpreter {
  readonly usesEgress: boolean;
  /** Whether the service has confirmed a connection of this session. */
  confirmedBefore = false;
  readonly #redactor: Redactor;
  readonly #clock: Clock;

  constructor(redactor: Redactor, usesEgress: boolean, clock: Clock) {
    this.#redactor = redactor;
    this.usesEgress = usesEgress;
    this.#clock = clock;
  }

  /** A secret that has come to be known, or several of one answer: they are never shown from now on. */
  protect(secrets: string | readonly string[] | undefined): void {
    this.#redactor.protect(secrets);
  }

  /** The session is over: no secret of it is kept, and none can come any more. */
  forgetSecrets(): void {
    this.#redactor.forget();
  }

  /** A short text of the service, as far as it may be shown. */
  shown(text: string): string {
    return shownText(text, this.#redactor);
  }

  /** As `shown`, for an id that comes with every connection; see `Redactor.redactId`. */
  shownId(id: string): string {
    const redactor = this.#redactor;
    return shownText(id, { redact: (text) => redactor.redactId(text) });
  }

  /**
   * The failure that the facts mean; undefined for a normal end of the session, which is none. Never throws, whatever a function of the
   * application has put into the facts: somebody waits for the error.
   */
  interpret(facts: FailureFacts): AvatarSDKError | undefined {
    try {
      return this.#interpret(facts);
    } catch {
      const { kind, phase, step } = facts;
      const message = `a failure that could not be read (${kind}): what was thrown or answered has parts of the wrong kind`;
      return new AvatarSDKError({ code: 'unknown', phase, step, origin: 'application', message });
    }
  }

  #interpret(facts: FailureFacts): AvatarSDKError | undefined {
    const known = this.confirmedBefore ? { ...facts, confirmedBefore: true } : facts;
    const classification = classify(known, this.#clock.epochMs(), cleanserOf(this.#redactor));
    return classification.normalEnd ? undefined : toAvatarSDKError(classification, this.#redactor);
  }

  /** The failure that the facts mean, where a normal end is not among the possible meanings. */
  failure(facts: FailureFacts): AvatarSDKError {
    const error = this.interpret(facts);
    if (error === undefined) throw new Error(`${facts.kind} is no failure`);
    return error;
  }
}
