/** Draws the disturbances of a world: at the service, in the network, and in the client's own process. */
import type { Fault, FaultIn } from '../../../src/emulator/index.js';
import type { ConnectionFate } from '../network/weather.js';
import type { Draws } from './draws.js';
import type { Disturbance } from './schedule.js';

export function drawDisturbances(draws: Draws, lastMs: number): readonly Disturbance[] {
  const count = draws.chance(0.1) ? 0 : draws.whole(1, 8);
  return Array.from({ length: count }, () => drawDisturbance(draws, lastMs));
}

function drawDisturbance(draws: Draws, lastMs: number): Disturbance {
  const kind = draws.next();
  const atMs = draws.ms(0, lastMs);
  if (kind < 0.35) return { kind: 'fate', of: 'dial', nth: draws.whole(1, 4), fate: drawFate(draws) };
  if (kind < 0.42) return { kind: 'fate', of: 'post', nth: draws.whole(1, 4), fate: drawRequestFate(draws) };
  if (kind < 0.7) return { kind: 'fault', fault: drawFault(draws) };
  if (kind < 0.8) return { kind: 'injected', atMs, fault: drawRuntimeFault(draws, {}) };
  if (kind < 0.88) return { kind: 'stall', atMs, durationMs: draws.ms(5, draws.chance(0.3) ? 8_000 : 300) };
  if (kind < 0.95) return { kind: 'outage', atMs, durationMs: draws.ms(100, 15_000) };
  const byMs = Math.round(draws.ms(-1, 1) * draws.pick([2_000, 60_000, 1_800_000, 86_400_000]));
  return { kind: 'dateJump', atMs, byMs };
}

function drawRequestFate(draws: Draws): ConnectionFate {
  return draws.pick<ConnectionFate>([
    { kind: 'unreachable', error: 'ECONNREFUSED' },
    { kind: 'unreachable', error: 'ENOTFOUND' },
    { kind: 'unreachable', error: 'ECONNRESET' },
    { kind: 'unreachable', error: 'blackhole' },
    { kind: 'answerLost' },
    { kind: 'answerSlow', byMs: draws.ms(0, 5_000) },
  ]);
}

function drawFate(draws: Draws): ConnectionFate {
  if (draws.chance(0.25)) return drawRequestFate(draws);
  const direction = draws.pick(['up', 'down'] as const);
  const noticedBy = draws.pick(['both', 'both', 'client', 'service'] as const);
  const afterBytes = Math.floor(draws.chance(0.4) ? draws.ms(0, 600) : draws.ms(0, 40_000));
  return draws.pick<ConnectionFate>([
    { kind: 'cut', direction, afterBytes, noticedBy },
    { kind: 'cut', direction, afterBytes, noticedBy },
    { kind: 'silence', afterMs: draws.ms(0, 5_000), durationMs: draws.ms(50, 40_000) },
    { kind: 'slow', direction, bytesPerMs: draws.ms(1, 60) },
  ]);
}

function drawFault(draws: Draws): Fault {
  const trigger = {
    ...(draws.chance(0.6) ? { nth: draws.whole(1, 3) } : {}),
    ...(draws.chance(0.3) ? { times: draws.chance(0.3) ? ('always' as const) : draws.whole(1, 4) } : {}),
    ...(draws.chance(0.2) ? { probability: draws.next() } : {}),
  };
  const phase = draws.next();
  if (phase < 0.1) return drawRequestFault(draws, 'token', trigger);
  if (phase < 0.2) return drawRequestFault(draws, 'upgrade', trigger);
  return phase < 0.45 ? drawHandshakeFault(draws, trigger) : drawRuntimeFault(draws, trigger);
}

type Trigger = Pick<Fault, 'nth' | 'probability' | 'times'>;

function drawRequestFault(draws: Draws, phase: 'token' | 'upgrade', trigger: Trigger): Fault {
  const status = draws.pick([400, 401, 402, 403, 404, 429, 500, 502, 503, 503, 503, 503]);
  const refuse = { kind: 'refuse', phase, status, ...trigger } as const;
  return draws.pick<Fault>([
    refuse,
    { ...refuse, headers: { 'Retry-After': String(draws.whole(0, 8)) } },
    { ...refuse, status: 429, headers: { 'Retry-After': String(draws.whole(0, 8)) } },
    { ...refuse, status: 503, headers: { 'retry-after-ms': String(draws.whole(0, 4_000)) } },
    { kind: 'reset', phase, ...trigger },
    { kind: 'hang', phase, ...trigger },
    { kind: 'delay', phase, delayMs: draws.whole(1, 4_000), ...trigger },
  ]);
}

function drawHandshakeFault(draws: Draws, trigger: Trigger): Fault {
  const phase = 'handshake';
  const dropAfterMs = draws.whole(0, 3_000);
  return draws.pick<Fault>([
    { kind: 'hang', phase, ...trigger },
    { kind: 'reset', phase, ...trigger },
    { kind: 'delay', phase, delayMs: draws.whole(1, 4_000), ...trigger },
    { kind: 'close', phase, ...drawClose(draws), ...trigger },
    { kind: 'serverError', phase, ...drawServerError(draws), ...trigger },
    { kind: 'acceptThenDrop', phase, dropAfterMs, ...trigger },
    { kind: 'acceptThenDrop', phase, dropAfterMs, times: 'always' },
    { kind: 'acceptThenDrop', phase, dropAfterMs, code: draws.pick([1000, 1001, 4503]), ...trigger },
    { kind: 'confirmThenFrames', phase, count: draws.whole(1, 4), ...trigger },
    { kind: 'confirmThenFrames', phase, count: draws.whole(1, 4), times: 'always' },
    { kind: 'missingCapability', phase, capability: 'playback_control', ...trigger },
    { kind: 'emptyConnectionId', phase, ...trigger },
    { kind: 'truncate', phase, variant: draws.pick(['frame', 'message']), ...trigger },
    { kind: 'garble', phase, ...trigger },
    { kind: 'silence', phase, durationMs: draws.whole(10, 6_000), ...trigger },
  ]);
}

function drawRuntimeFault(draws: Draws, trigger: Trigger): Fault {
  const phase = 'runtime';
  const when = draws.pick<Pick<FaultIn<'runtime'>, 'afterKeyframes' | 'afterMs' | 'afterAudioBytes'>>([
    {},
    { afterKeyframes: draws.whole(0, 40) },
    { afterMs: draws.whole(0, 6_000) },
    { afterAudioBytes: draws.whole(0, 20_000) },
  ]);
  const common = { phase, ...trigger, ...when } as const;
  const reqId = draws.pick(['current', 'foreign', 'none'] as const);
  const thenClose = draws.chance(0.4) ? { thenClose: drawClose(draws) } : {};
  return draws.pick<Fault>([
    { kind: 'reset', ...common },
    { kind: 'close', ...common, ...drawClose(draws) },
    { kind: 'close', ...common, ...drawClose(draws) },
    { kind: 'serverError', ...common, ...drawServerError(draws), reqId, ...thenClose },
    { kind: 'serverError', ...common, ...drawServerError(draws), reqId, ...thenClose },
    { kind: 'delay', ...common, delayMs: draws.whole(1, 6_000) },
    { kind: 'silence', ...common, durationMs: draws.whole(10, 20_000) },
    { kind: 'silence', ...common, stopReading: draws.chance(0.3) },
    { kind: 'truncate', ...common, variant: draws.pick(['frame', 'message']) },
    { kind: 'garble', ...common, count: draws.whole(1, 12) },
    { kind: 'textFrame', ...common, count: draws.whole(1, 12) },
    { kind: 'foreignFrames', ...common, count: draws.whole(1, 5) },
    { kind: 'duplicateEnd', ...common },
    { kind: 'dropEnd', ...common },
    { kind: 'framesAfterInterrupt', ...common, keyframes: draws.whole(1, 6), overMs: draws.whole(0, 500) },
    { kind: 'playedMsBackwards', ...common },
  ]);
}

function drawClose(draws: Draws): { readonly code: number; readonly reason: string } {
  return {
    code: draws.chance(0.6)
      ? draws.pick([1001, 1011, 1012, 4503, 4600])
      : draws.pick([1000, 1002, 1008, 4001, 4002, 4003, 4010, 4400]),
    reason: draws.pick(['', '', '', 'no audio input for 60s', 'Credits exhausted', 'rolling deploy']),
  };
}

function drawServerError(draws: Draws): { readonly code: number; readonly message: string } {
  return draws.pick([
    { code: 14, message: 'backend unavailable' },
    { code: 4503, message: 'driven server request failed' },
    { code: 4001, message: 'credits exhausted' },
    { code: 16, message: 'unauthorized: invalid token' },
    { code: 0, message: 'something happened' },
    { code: 3, message: 'invalid argument' },
  ]);
}
