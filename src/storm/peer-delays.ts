/**
 * The default reconnect delays of clients that people use, as their documentation states them: only the delays, not
 * their heartbeats or time-outs. None of them limits the dials of a process.
 */
import type { DelayFacts, DelayFormula } from './formula-strategy.js';

/** Delays of `withAutomaticReconnect()` without arguments, milliseconds. */
const SIGNALR_DELAYS_MS = [0, 2_000, 10_000, 30_000];

/** Ably is `suspended` after this long without a connection, milliseconds (connectionStateTtl). */
const ABLY_SUSPENDED_AFTER_MS = 120_000;

export const PEER_DELAYS: readonly DelayFormula[] = [
  {
    name: 'Ably',
    source:
      'Ably client library specification RTN14d, RTN15a, RTB1: at once, then disconnectedRetryTimeout 15 s × min((n + 2) / 3, 2) × 0.8…1; after 120 s every 30 s',
    forgetsAfterMs: 0,
    delayMs: ({ n, random }: DelayFacts): number => {
      if (n === 0) return 0;
      // Delays of 15 to 30 s: after the sixth about two minutes have passed.
      const suspended = n > ABLY_SUSPENDED_AFTER_MS / 22_500;
      return suspended ? 30_000 : 15_000 * Math.min((n + 2) / 3, 2) * (0.8 + 0.2 * random());
    },
  },
  {
    name: 'centrifuge',
    source:
      'centrifuge-js readme: minReconnectDelay 500 ms, maxReconnectDelay 20 000 ms, full jitter above the minimum',
    forgetsAfterMs: 0,
    delayMs: ({ n, random }) =>
      Math.min(20_000, 500 + random() * Math.min(20_000, 500 * 2 ** Math.min(n, 31))),
  },
  {
    name: 'SignalR',
    source: 'ASP.NET Core SignalR JavaScript client documentation: 0, 2, 10 and 30 s, then it gives up',
    forgetsAfterMs: 0,
    delayMs: ({ n }) => SIGNALR_DELAYS_MS[n],
  },
  {
    name: 'socket.io',
    source:
      'Socket.IO client options: reconnectionDelay 1 s, doubled, randomizationFactor 0.5, reconnectionDelayMax 5 s',
    forgetsAfterMs: 0,
    delayMs: ({ n, random }) => Math.min(5_000, 1_000 * 2 ** Math.min(n, 30) * (0.5 + random())),
  },
  {
    name: 'partysocket',
    source:
      'PartySocket options: minReconnectionDelay 1 s + up to 4 s (drawn once when the module loads), factor 1.3, maxReconnectionDelay 10 s, minUptime 5 s',
    forgetsAfterMs: 5_000,
    delayMs: ({ n, processDraw }) => Math.min(10_000, (1_000 + 4_000 * processDraw) * 1.3 ** Math.min(n, 30)),
  },
];
