/**
 * Counts the dials and the token requests of all sessions of a world, which share an ingress and a console.
 * Uses a few numbers of the connect gate, and none of its code.
 */
import type { Entry } from '../world/chronicle.js';
import type { World } from '../world/world.js';
import type { Check } from './check.js';

/** As `gate-health.ts` has them, said again: a failed endpoint is met with two dials at most, after two failures. */
const MOST_IN_FLIGHT = 2;
const FAILURES_UNTIL_DOWN = 2;
/** The least time between two probes. A custom `httpPost` keeps no permit while it runs, so for tokens this is what counts. */
const PROBES_EVERY_MS = 250;
/** Trouble is cleared after this long without any. */
const SETTLES_AFTER_MS = 30_000;

/** The recent events at one endpoint, as far as they can be observed from outside. */
class EndpointLog {
  /** Sessions with a dial or a request that is not over, and since when. */
  readonly #underWay = new Map<number, number>();
  /** Those whose dial is over: the permit comes back then, and not after the close handshake, which the peer may delay. */
  readonly #leaving = new Set<number>();
  latestAtMs = -Infinity;
  #answeredAtMs = -Infinity;
  #failedAtMs = -Infinity;
  #failures = 0;

  /** Whether the endpoint has to be believed down. */
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
    // What began before the last answer, or the last failure, says nothing about what came after it.
    if (sinceMs <= Math.max(this.#answeredAtMs, this.#failedAtMs)) return;
    this.#failures += 1;
    this.#failedAtMs = atMs;
  }

  /** The response to a request has come, however late: a session dials or waits now. */
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
  rule: 'sessions of one endpoint let at most two dials be in flight after two in a row have failed there, and ask for a token once per 250 ms',
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
        if (entry.kind === 'socketLeft' || entry.kind === 'dialFailed') ingress.leaves(entry.session);
        if (entry.kind === 'tokenAsked' && !asksProvider(world, entry.session)) {
          const gapMs = entry.atMs - console.latestAtMs;
          const alone = [...open].filter((session) => !asksProvider(world, session)).length < 2;
          console.begins(entry.session, entry.atMs);
          // The sums of times are not exact to the last bit.
          if (console.isDown(entry.atMs) && !alone && gapMs < PROBES_EVERY_MS - 0.001) {
            violated(
              `a token is asked for ${gapMs} ms after the last one, after ${console.failures} failures`,
            );
          }
        }
        // Whatever comes of the request, the service is there.
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
    // An answer of any kind means that the endpoint is up; what the application does is no evidence.
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

/** Whether the session's tokens come from the application: those requests are not the session's. */
function asksProvider({ actors }: World, session: number): boolean {
  const actor = actors.find(({ options }) => options.number === session);
  return actor?.options.traits.tokens.kind === 'provider';
}
