/**
 * Makes every failure of a session an error of the one class, without the session's secrets. The only place where the shell uses the
 * classification; `core/failure` decides which code a failure gets. Also the errors of this side.
 */
import type { AvatarSDKErrorCode } from '../../core/failure/avatar-sdk-error-code.js';
import { AvatarSDKError } from '../../core/failure/avatar-sdk-error.js';
import { classify } from '../../core/failure/classify.js';
import type { FailureFacts } from '../../core/failure/failure-facts.js';
import type { LocalProblem } from '../../core/failure/local-problem.js';
import { LOCAL_STEPS } from '../../core/failure/avatar-sdk-error-code.js';
import type { Redactor } from '../../core/redaction/redactor.js';
import { inheritingNothing } from '../../core/option/plain-object.js';
import { cleanserOf, shownText, toAvatarSDKError } from '../../core/failure/to-avatar-sdk-error.js';
import type { Lifecycle } from './lifecycle.js';

/** Details of an error of this side in addition to its code. */
export interface LocalDetails {
  readonly reqId?: string;
  readonly cause?: unknown;
  /** The specific problem, which sets origin and remediation. Default: `local`, and the remediation of the code. */
  readonly problem?: LocalProblem;
}

export class SessionErrors {
  readonly usesEgress: boolean;
  /** Whether the service has confirmed a connection of this session. */
  confirmedBefore = false;
  #hasForgotten = false;
  readonly #redactor: Redactor;
  readonly #lifecycle: Pick<Lifecycle, 'phase' | 'clock'>;

  constructor(redactor: Redactor, lifecycle: Pick<Lifecycle, 'phase' | 'clock'>, usesEgress: boolean) {
    this.#redactor = redactor;
    this.#lifecycle = lifecycle;
    this.usesEgress = usesEgress;
  }

  /** Adds a secret, or several of one answer: they are never shown from now on. */
  protect(secrets: string | readonly string[] | undefined): void {
    this.#redactor.protect(secrets);
  }

  /** The session is over: its secrets are dropped, and no new ones can come. */
  forgetSecrets(): void {
    this.#hasForgotten = true;
    this.#redactor.forget();
  }

  /** Like `shown`; empty once the secrets are dropped, because a socket may still receive a text after the end of its session. */
  shownLate(text: string): string {
    return this.#hasForgotten ? '' : this.shown(text);
  }

  /** The part of a short text of the service that may be shown. */
  shown(text: string): string {
    return shownText(text, this.#redactor);
  }

  /** Like `shown`, for the id of a connection; see `Redactor.redactId`. */
  shownId(id: string): string {
    const redactor = this.#redactor;
    return shownText(id, { redact: (text) => redactor.redactId(text) });
  }

  /**
   * The failure that the facts indicate; undefined for a normal end of the session. Never throws, whatever a function of the application
   * has put into the facts, because a caller waits for the error.
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
    // Facts are objects with many optional members: members of Object.prototype must not count as present.
    const known = inheritingNothing<{ confirmedBefore?: boolean } & FailureFacts>(facts);
    if (this.confirmedBefore) known.confirmedBefore = true;
    const epochMs = this.#lifecycle.clock.epochMs();
    const classification = classify(known, epochMs, cleanserOf(this.#redactor));
    return classification.normalEnd ? undefined : toAvatarSDKError(classification, this.#redactor);
  }

  /** The failure that the facts indicate, for facts that can't mean a normal end. */
  failure(facts: FailureFacts): AvatarSDKError {
    const error = this.interpret(facts);
    if (error === undefined) throw new Error(`${facts.kind} is no failure`);
    return error;
  }

  /** An error of this side, in the current phase of the session. */
  local(code: AvatarSDKErrorCode, message: string, details: LocalDetails = {}): AvatarSDKError {
    const { phase } = this.#lifecycle;
    const { reqId, cause, problem }: LocalDetails = Object.assign(Object.create(null) as object, details);
    return this.failure({
      kind: 'refusedLocally',
      phase,
      step: LOCAL_STEPS[phase],
      usesEgress: this.usesEgress,
      code,
      message,
      cause,
      ...(problem === undefined ? {} : { problem }),
      ...(reqId === undefined ? {} : { reqId }),
    });
  }

  notStarted(): AvatarSDKError {
    const message = 'the session has not been started: call start() first';
    return this.local('invalidRequest', message, { problem: 'notStarted' });
  }

  /** The connect gate admitted no dial in time. `latest`: the latest failure of this session at the endpoint. */
  gateTimeout(message: string, latest: AvatarSDKError | undefined): AvatarSDKError {
    const code = latest?.code ?? 'connectionFailed';
    return this.local(code, message, { cause: latest, problem: 'gateTimeout' });
  }

  /** A connection that ends without a failure. */
  connectionEnded(message: string, connectionId: string, problem: 'ended' | 'rollover'): AvatarSDKError {
    return this.failure({
      kind: 'refusedLocally',
      phase: 'websocket_runtime',
      step: 'close',
      usesEgress: this.usesEgress,
      connectionId,
      code: 'connectionClosed',
      problem,
      message,
    });
  }

  /** All possible failures have been classified; any other error is a defect of this package. */
  defect(error: unknown): AvatarSDKError {
    return this.failure({
      kind: 'refusedLocally',
      phase: this.#lifecycle.phase,
      step: 'receive',
      usesEgress: this.usesEgress,
      code: 'unknown',
      problem: 'defect',
      message: `unexpected failure inside the session: ${error instanceof Error ? error.message : String(error)}`,
      cause: error,
    });
  }
}
