// @ts-check
/**
 * The embedded service of a soak, in its own process, with faults in every phase during the whole run. It
 * sends its address to its parent, and on request the number of open sockets.
 */
import { AvatarEmulator } from 'avatarkit-session/emulator';

/** @typedef {import('avatarkit-session/emulator').Fault} Fault */
const times = 'always';
/**
 * The time of faults in a running session, in milliseconds after its confirmation.
 * @type {readonly [number, number]}
 */
const afterMs = [2_000, 60_000];
/** @type {readonly Fault[]} */
const FAULTS = [
  { kind: 'refuse', phase: 'token', probability: 0.03, times, status: 503 },
  { kind: 'reset', phase: 'token', probability: 0.02, times },
  { kind: 'hang', phase: 'token', probability: 0.005, times },
  { kind: 'delay', phase: 'upgrade', probability: 0.1, times, delayMs: 200 },
  { kind: 'reset', phase: 'upgrade', probability: 0.03, times },
  { kind: 'refuse', phase: 'upgrade', probability: 0.02, times, status: 502 },
  { kind: 'hang', phase: 'upgrade', probability: 0.005, times },
  { kind: 'reset', phase: 'handshake', probability: 0.03, times },
  { kind: 'close', phase: 'handshake', probability: 0.02, times, code: 1012 },
  { kind: 'silence', phase: 'handshake', probability: 0.005, times },
  { kind: 'confirmThenFrames', phase: 'handshake', probability: 0.1, times, count: 2 },
  { kind: 'reset', phase: 'runtime', probability: 0.3, times, afterMs },
  { kind: 'close', phase: 'runtime', probability: 0.15, times, afterMs, code: 4503, reason: 'deploy' },
  {
    kind: 'truncate',
    phase: 'runtime',
    probability: 0.15,
    times,
    afterKeyframes: [1, 1_000],
    variant: 'frame',
  },
  { kind: 'silence', phase: 'runtime', probability: 0.05, times, afterMs },
  { kind: 'silence', phase: 'runtime', probability: 0.1, times, afterMs, durationMs: 2_000 },
  { kind: 'delay', phase: 'runtime', probability: 0.2, times, afterMs, delayMs: 500 },
  { kind: 'garble', phase: 'runtime', probability: 0.1, times, afterMs, count: 3 },
  { kind: 'textFrame', phase: 'runtime', probability: 0.1, times, afterMs },
  { kind: 'foreignFrames', phase: 'runtime', probability: 0.1, times, afterMs, count: 3 },
  {
    kind: 'serverError',
    phase: 'runtime',
    probability: 0.1,
    times,
    afterMs,
    code: 14,
    message: 'driven server request failed',
    reqId: 'current',
  },
  { kind: 'duplicateEnd', phase: 'runtime', probability: 0.5, times },
  { kind: 'framesAfterInterrupt', phase: 'runtime', probability: 0.5, times, keyframes: 3 },
];

const [, , seed = '1'] = process.argv;
const service = await AvatarEmulator.start({
  seed: Number(seed),
  faults: FAULTS,
  pace: 'realtime',
  maxLogEntries: 1_000,
});
const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
process.on('message', () => process.send?.(service.openSockets));
process.on('disconnect', () => process.exit(0));
process.send?.({ consoleEndpointUrl, ingressEndpointUrl, ...credentials });
