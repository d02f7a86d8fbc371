/**
 * The fleets of the open sessions: the places and their sessions. Asks each coordinator that can list them, once a second while a page is
 * open, and shows the leases of this process if there is no answer. A coordinator may be the application's own, so its answers are not
 * trusted.
 */
import type { FleetGlance } from '../client/session-glance.js';
import type { FleetCoordinator } from '../ports/fleet-coordinator.js';
import type { FleetEndpoint, FleetLease, FleetSnapshot } from '../ports/fleet-snapshot.js';
import type { FleetEndpointView, FleetLeaseView, FleetView } from './protocol.js';

const LOOK_EVERY_MS = 1_000;
/** An older answer is not shown. */
const MOST_AGE_MS = 5_000;
const MOST_LEASES = 500;

/** An open session of this process that may be in a fleet. */
export interface FleetSession {
  readonly id: string;
  readonly fleet: FleetGlance | undefined;
}

interface Own {
  readonly id: string;
  readonly fleet: FleetGlance;
}

/** The latest answer of a coordinator. */
interface Answer {
  isAsked: boolean;
  /** When it came; before the first answer, when it was requested. */
  atMs: number;
  /** Undefined if the request failed, or was not answered yet. */
  snapshot: FleetSnapshot | undefined;
  hasFailed: boolean;
}

export class FleetWatch {
  readonly #answers = new WeakMap<FleetCoordinator, Answer>();
  #lookedAtMs = -Infinity;
  #text = '[]';
  /** One view for each coordinator; a new list whenever a view has changed. */
  views: readonly FleetView[] = [];

  /** Updates `views`, at most once a second. */
  look(sessions: Iterable<FleetSession>, nowMs: number): void {
    if (nowMs - this.#lookedAtMs < LOOK_EVERY_MS) return;
    this.#lookedAtMs = nowMs;
    const byCoordinator = new Map<FleetCoordinator, Own[]>();
    for (const { id, fleet } of sessions) {
      if (fleet === undefined) continue;
      const known = byCoordinator.get(fleet.coordinator);
      if (known === undefined) byCoordinator.set(fleet.coordinator, [{ id, fleet }]);
      else known.push({ id, fleet });
    }
    const views = [...byCoordinator].map(([coordinator, own]) => this.#viewOf(coordinator, own, nowMs));
    const text = JSON.stringify(views);
    if (text === this.#text) return;
    this.#text = text;
    this.views = views;
  }

  #viewOf(coordinator: FleetCoordinator, own: readonly Own[], nowMs: number): FleetView {
    if (typeof coordinator.inspect !== 'function')
      return { source: 'unlisted', endpoints: listed([], own, nowMs) };
    const answer = this.#answers.get(coordinator) ?? {
      isAsked: false,
      atMs: nowMs,
      snapshot: undefined,
      hasFailed: false,
    };
    this.#answers.set(coordinator, answer);
    void ask(coordinator, answer);
    const { snapshot, atMs, hasFailed } = answer;
    const isSilent = hasFailed || nowMs - atMs > MOST_AGE_MS;
    try {
      if (!isSilent && snapshot?.available !== false)
        return {
          source: 'fleet',
          endpoints: listed(snapshot === undefined ? [] : snapshot.endpoints, own, atMs),
        };
    } catch {
      // It is no snapshot.
    }
    return { source: 'silent', endpoints: listed([], own, nowMs) };
  }
}

/** Sends one request at a time. Never rejects. */
async function ask(coordinator: FleetCoordinator, answer: Answer): Promise<void> {
  if (answer.isAsked) return;
  answer.isAsked = true;
  try {
    answer.snapshot = await coordinator.inspect?.();
    answer.hasFailed = false;
    answer.atMs = Date.now();
  } catch {
    answer.hasFailed = true;
  }
  answer.isAsked = false;
}

/** The leases that the coordinator lists, and those of this process that it does not list. */
function listed(
  endpoints: readonly FleetEndpoint[],
  own: readonly Own[],
  atMs: number,
): readonly FleetEndpointView[] {
  const sessions = new Map(own.map(({ id, fleet }) => [fleet.member.sessionId, id]));
  const known = new Set(endpoints.flatMap(({ leases }) => leases.map(({ sessionId }) => sessionId)));
  const views = new Map<string, FleetEndpointView>();
  for (const each of endpoints) {
    const { endpoint, down, waitMs, probedBy = '', workers, waiting } = each;
    const leases = each.leases.map((lease) => leaseView(lease, sessions.get(lease.sessionId), atMs));
    views.set(endpoint, {
      endpoint,
      down,
      waitUntilMs: waitMs > 0 ? atMs + waitMs : null,
      probedBy,
      workers,
      waiting,
      held: leases.length,
      leases,
    });
  }
  for (const { id, fleet } of own) {
    const { endpoint, account, sessionId } = fleet.member;
    const view = views.get(endpoint) ?? unlisted(endpoint);
    const isMissing = fleet.hasLease && !known.has(sessionId);
    const missing = isMissing
      ? [{ fleetId: sessionId, account, worker: '', session: id, endsAtMs: null }]
      : [];
    views.set(endpoint, {
      ...view,
      held: view.held + missing.length,
      leases: [...view.leases, ...missing],
    });
  }
  return [...views.values()].map((view) => ({ ...view, leases: ownFirst(view.leases) }));
}

function leaseView(lease: FleetLease, session: string | undefined, atMs: number): FleetLeaseView {
  const { sessionId: fleetId, account, worker, expiresInMs } = lease;
  const endsAtMs = Number.isFinite(expiresInMs) ? Math.round(atMs + expiresInMs) : null;
  return { fleetId, account, worker, session: session ?? '', endsAtMs };
}

/** An endpoint of which only the leases of this process are known. */
function unlisted(endpoint: string): FleetEndpointView {
  const unknown = { down: false, waitUntilMs: null, probedBy: '', workers: null, waiting: null };
  return { endpoint, ...unknown, held: 0, leases: [] };
}

function ownFirst(leases: readonly FleetLeaseView[]): readonly FleetLeaseView[] {
  const own = leases.filter(({ session }) => session !== '');
  return [...own, ...leases.filter(({ session }) => session === '')].slice(0, MOST_LEASES);
}
