/** While a session reconnects that had worked before, a gateway in front of the service answers. */
import type { Disturbance, TokenManner } from '../world/schedule.js';
import { PLAIN_TRAITS, withoutLimits } from './adversary.js';
import type { Adversary } from './adversary.js';

const STATUSES = [
  200, 302, 400, 401, 403, 404, 404, 405, 421, 426, 429, 500, 502, 503, 511, 520, 521, 530,
] as const;

type Greeting =
  | { readonly kind: 'textFrame'; readonly text: string }
  | { readonly kind: 'close'; readonly code: number; readonly reason?: string };

/** The first messages that a gateway sends in place of the service's answer to the handshake. */
const FIRST_MESSAGES: readonly [Greeting, ...Greeting[]] = [
  { kind: 'textFrame', text: 'no healthy upstream' },
  { kind: 'close', code: 1008, reason: 'policy violation' },
  { kind: 'close', code: 1002 },
];

export const gatewayPages: Adversary = {
  name: 'gateway-pages',
  trouble: 'a gateway cuts the connections, and answers requests and handshakes by itself for a while',
  change(draws, schedule) {
    const { timeoutMs, sampleRate } = schedule.sessions[0] ?? PLAIN_TRAITS;
    const sessions = schedule.sessions.map(({ handlers, usesEgress }) => ({
      ...PLAIN_TRAITS,
      timeoutMs,
      sampleRate,
      handlers,
      usesEgress,
      retry: draws.pick([{}, {}, 'patient'] as const),
    }));
    const page = (): Disturbance => ({
      kind: 'gateway',
      atMs: draws.ms(3_000, 20_000),
      durationMs: draws.ms(200, draws.chance(0.2) ? 20_000 : 4_000),
      status: draws.pick(STATUSES),
      cuts: true,
    });
    const disturbances = draws.chance(0.6) ? [page()] : [page(), page()];
    const inFront = disturbances.map((each) => ({ ...each, json: draws.chance(0.4) }));
    // Later additions are drawn last, so that earlier draws keep their values.
    const first = schedule.sessions.length + 1;
    const greeting: Disturbance = {
      kind: 'fault',
      fault: {
        ...draws.pick(FIRST_MESSAGES),
        phase: 'handshake',
        nth: draws.whole(first, first + 2),
      },
    };
    const disturbed = draws.chance(0.5) ? inFront : [...inFront, greeting];
    // A token that is kept, by the session or by the application, would be sent again to the gateway that refused it.
    const kept: TokenManner = draws.chance(0.5)
      ? { kind: 'provider', failures: 0, hangs: 0, reusable: true }
      : PLAIN_TRAITS.tokens;
    const tokens: TokenManner = draws.chance(0.3)
      ? { kind: 'provider', failures: 0.4, hangs: 0, reusable: false, caches: true }
      : kept;
    return {
      ...schedule,
      service: withoutLimits(schedule.service),
      sessions: sessions.map((traits) => ({ ...traits, tokens })),
      disturbances: disturbed,
      endsAtMs: schedule.endsAtMs + 60_000,
    };
  },
};
