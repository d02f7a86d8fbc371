/**
 * Counts the dials and the token requests of all sessions of a world, which share an ingress and a console.
 * Uses some constants of the connect gate, but none of its code.
 */
import { MessageType } from '../../../src/ports/message.js';
import { serverMessage } from '../network/read-message.js';
import type { Entry } from '../world/chronicle.js';
import type { World } from '../world/world.js';
import type { Check } from './check.js';

/**
 * The same numbers as in `gate-health.ts`, defined again: after two failures, an endpoint gets at most two
 * dials at a time.
 */
const MOST_IN_FLIGHT = 2;
const FAILURES_UNTIL_DOWN = 2;
/**
 * The minimum time between two probes. A custom `httpPost` keeps no permit while it runs, so this limit
 * applies to tokens.
 */
const PROBES_EVERY_MS = 250;
/** Failures are cleared after this time without a new one. */
const SETTLES_AFTER_MS = 30_000;

/** The recent events at one endpoint, as far as they are observable from outside. */
class EndpointLog {
  /** Sessions with an unfinished dial or request, and the time of its start. */
  readonly #underWay = new Map<number, number>();
  /**
   * Sessions whose dial is over. Their permit is returned then, and not after the close handshake, which the
   * peer may delay.
   */
  readonly #leaving = new Set<number>();
  latestAtMs = -Infinity;
  #answeredAtMs = -Infinity;
  #failedAtMs = -Infinity;
  #failures = 0;

  /** Whether the endpoint counts as down. */
  isDown(nowMs: number): boolean {
    return this.#failures >= FAILURES_UNTIL_DOWN && nowMs - this.#failedAtMs < SETTLES_AFTER_MS;
  }

  get failures(): number {
    return this.#failures;
  }

  get inFlight(): number {
    return this.#underWay.size - this.#leaving.size;
  }

  begins(session: number, atMs: number): void {
    this.ends(session);
    this.#underWay.set(session, atMs);
    this.latestAtMs = atMs;
  }

  leaves(session: number): void {
    if (this.#underWay.has(session)) this.#leaving.add(session);
  }

  ends(session: number): void {
    this.#underWay.delete(session);
    this.#leaving.delete(session);
  }

  failed(session: number, atMs: number): void {
    const sinceMs = this.#underWay.get(session) ?? -Infinity;
    // A dial that began before the last answer or the last failure is no evidence about the time after it.
    if (sinceMs <= Math.max(this.#answeredAtMs, this.#failedAtMs)) return;
    this.#failures += 1;
    this.#failedAtMs = atMs;
  }

  /** The response to a request has arrived, even if late. The session dials or waits now. */
  gave(session: number, atMs: number): void {
    if (this.#underWay.has(session)) this.answered(atMs);
    this.ends(session);
  }

  answered(atMs: number): void {
    this.#failures = 0;
    this.#answeredAtMs = atMs;
  }
}

export const fewAtTheGate: Check = {
  name: 'few-at-the-gate',
  rule: 'after two failures in a row, the sessions of one endpoint have at most two dials in flight, and request a token at most once per 250 ms',
  watch(world, violated) {
    const ingress = new EndpointLog();
    const console = new EndpointLog();
    const open = new Set<number>();
    return {
      read(entry) {
        if (entry.kind === 'dialled') {
          ingress.begins(entry.session, entry.atMs);
          const { inFlight } = ingress;
          if (ingress.isDown(entry.atMs) && inFlight > MOST_IN_FLIGHT) {
            violated(`${inFlight} sessions dial at once after ${ingress.failures} failures in a row`);
          }
        }
        // The gate lets others dial when the confirmation comes, which is before the state of that session changes.
        if (
          entry.kind === 'received' &&
          serverMessage(entry.data)?.type === MessageType.serverConfirmSession
        ) {
          ingress.answered(entry.atMs);
          ingress.ends(entry.session);
        }
        if (entry.kind === 'socketLeft' || entry.kind === 'dialFailed') ingress.leaves(entry.session);
        if (entry.kind === 'tokenAsked' && !asksProvider(world, entry.session)) {
          const gapMs = entry.atMs - console.latestAtMs;
          const alone = [...open].filter((session) => !asksProvider(world, session)).length < 2;
          console.begins(entry.session, entry.atMs);
          // Sums of times have rounding errors.
          if (console.isDown(entry.atMs) && !alone && gapMs < PROBES_EVERY_MS - 0.001) {
            violated(
              `a token is requested ${gapMs} ms after the last one, after ${console.failures} failures`,
            );
          }
        }
        // The request has reached the service, so the service is up, even if the answer is a failure.
        if (entry.kind === 'service' && entry.entry.event === 'tokenRequested') console.answered(entry.atMs);
        if (entry.kind === 'emitted') readEmitted(entry, ingress, console, open);
      },
    };
  },
};

function readEmitted(
  entry: Extract<Entry, { kind: 'emitted' }>,
  ingress: EndpointLog,
  console: EndpointLog,
  open: Set<number>,
): void {
  const { session, atMs } = entry;
  if (entry.name === 'error') {
    const { code, phase, origin } = entry.payload;
    const endpoint = phase === 'session_token' ? console : ingress;
    const isFailure = code === 'connectionFailed' && origin === 'transport';
    // An answer of any kind means that the endpoint is up. Calls of the application are no evidence.
    if (isFailure) endpoint.failed(session, atMs);
    else if (origin === 'service') endpoint.answered(atMs);
    endpoint.ends(session);
  }
  if (entry.name !== 'state') return;
  const { to } = entry.payload;
  if (to === 'closed') open.delete(session);
  else open.add(session);
  if (to === 'websocket_connect') console.gave(session, atMs);
  else ingress.ends(session);
  if (to === 'websocket_runtime') ingress.answered(atMs);
}

/**
 * Whether the application provides the tokens of the session. Those requests do not count as requests of the
 * session.
 */
function asksProvider({ actors }: World, session: number): boolean {
  const actor = actors.find(({ options }) => options.number === session);
  return actor?.options.traits.tokens.kind === 'provider';
}
