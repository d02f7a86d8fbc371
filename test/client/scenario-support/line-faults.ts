/**
 * Every fault of a line in every phase of a session, with the failure that the application sees: rows of tables, in the
 * order of the phases. A row without a failure is a fault without a visible effect. Numbers of bytes are positions: the
 * middle of a request, of a response, or of a frame.
 */
import type { AvatarSDKErrorCode, AvatarSessionOptions, Phase, Step } from '../../../src/index.js';
import type { LineFault, Place } from '../../support/line-fault.js';

export interface SeenFailure {
  readonly code: AvatarSDKErrorCode;
  readonly phase: Phase;
  readonly step: Step;
}

export interface FaultRow {
  readonly name: string;
  readonly place: Place;
  readonly fault: LineFault;
  /** The failure that is reported and recovered; absent if the fault has no visible effect. */
  readonly seen?: SeenFailure;
  readonly session?: Partial<AvatarSessionOptions>;
}

/** Options for faults that end only by the time-out. */
const IMPATIENT = { timeoutMs: 200 };
const toService = (atByte: number, from?: Place['from']): Place => place('toService', atByte, from);
const toClient = (atByte: number, from?: Place['from']): Place => place('toClient', atByte, from);

function place(direction: Place['direction'], atByte: number, from: Place['from'] = 'start'): Place {
  return { direction, atByte, from };
}

const CUT: LineFault = { kind: 'cut' };
const RESET: LineFault = { kind: 'reset' };
const HALF_OPEN: LineFault = { kind: 'halfOpen' };
const SHORT_DELAY: LineFault = { kind: 'delay', delayMs: 30 };
const LONG_DELAY: LineFault = { kind: 'delay', delayMs: 1_000 };
const SLOW: LineFault = { kind: 'throttle', bytesPerSecond: 10_000 };
const TOO_SLOW: LineFault = { kind: 'throttle', bytesPerSecond: 200 };
const SPLIT: LineFault = { kind: 'split', segmentBytes: 1 };
const MERGE: LineFault = { kind: 'merge', segmentBytes: 100_000, quietMs: 20 };

/** The rows of a phase of a dial, with a position inside the request and one inside the response. */
function dialRows(asked: Place, answered: Place, ends: SeenFailure, timeOut: SeenFailure): FaultRow[] {
  const breaks = { seen: ends };
  const hangs = { seen: timeOut, session: IMPATIENT };
  return [
    { name: 'cut inside the request', place: asked, fault: CUT, ...breaks },
    { name: 'cut inside the response', place: answered, fault: CUT, ...breaks },
    { name: 'reset inside the request', place: asked, fault: RESET, ...breaks },
    { name: 'reset inside the response', place: answered, fault: RESET, ...breaks },
    { name: 'half-open inside the request', place: asked, fault: HALF_OPEN, ...hangs },
    { name: 'half-open inside the response', place: answered, fault: HALF_OPEN, ...hangs },
    { name: 'a delay', place: answered, fault: SHORT_DELAY },
    { name: 'a delay beyond the time-out', place: asked, fault: LONG_DELAY, ...hangs },
    { name: 'a throttled answer', place: answered, fault: SLOW },
    { name: 'an answer throttled beyond the time-out', place: answered, fault: TOO_SLOW, ...hangs },
    { name: 'split into bytes, asking', place: asked, fault: SPLIT },
    { name: 'split into bytes, answering', place: answered, fault: SPLIT },
    { name: 'merged', place: answered, fault: MERGE },
  ];
}

const tokenFailed: SeenFailure = { code: 'connectionFailed', phase: 'session_token', step: 'request' };
const upgradeFailed: SeenFailure = { code: 'connectionFailed', phase: 'websocket_connect', step: 'upgrade' };
const handshakeLost: SeenFailure = {
  code: 'connectionClosed',
  phase: 'websocket_connect',
  step: 'handshake',
};
const handshakeLate: SeenFailure = {
  code: 'connectionFailed',
  phase: 'websocket_connect',
  step: 'handshake',
};

export const TOKEN_FAULTS: readonly FaultRow[] = [
  ...dialRows(toService(40), toClient(40), tokenFailed, tokenFailed),
  { name: 'cut before a byte', place: toService(0), fault: CUT, seen: tokenFailed },
  { name: 'cut within the token', place: toClient(20, 'headEnd'), fault: CUT, seen: tokenFailed },
  { name: 'reset within the token', place: toClient(20, 'headEnd'), fault: RESET, seen: tokenFailed },
  {
    name: 'half-open within the token',
    place: toClient(20, 'headEnd'),
    fault: HALF_OPEN,
    seen: tokenFailed,
    session: IMPATIENT,
  },
];

export const UPGRADE_FAULTS: readonly FaultRow[] = [
  ...dialRows(toService(40), toClient(40), upgradeFailed, upgradeFailed),
  { name: 'cut before a byte', place: toService(0), fault: CUT, seen: upgradeFailed },
  { name: 'reset before a byte', place: toService(0), fault: RESET, seen: upgradeFailed },
];

export const HANDSHAKE_FAULTS: readonly FaultRow[] = [
  ...dialRows(toService(4, 'headEnd'), toClient(4, 'headEnd'), handshakeLost, handshakeLate),
  { name: 'cut right after the upgrade', place: toClient(0, 'headEnd'), fault: CUT, seen: handshakeLost },
  { name: 'reset right after the upgrade', place: toClient(0, 'headEnd'), fault: RESET, seen: handshakeLost },
];

const lost: SeenFailure = { code: 'connectionClosed', phase: 'websocket_runtime', step: 'close' };
const fellSilent: SeenFailure = { code: 'connectionClosed', phase: 'websocket_runtime', step: 'heartbeat' };
/** Short intervals for a quick test, with a time-out that is longer than the delays. */
const BEATING = { heartbeat: { intervalMs: 40, timeoutMs: 2_000 } };
const STRICT = { heartbeat: { intervalMs: 100, timeoutMs: 100 } };

/** Positions count from the moment at which the session is idle. */
export const IDLE_FAULTS: readonly FaultRow[] = [
  { name: 'cut', place: toClient(0), fault: CUT, seen: lost },
  { name: 'reset', place: toClient(0), fault: RESET, seen: lost },
  { name: 'cut within a ping', place: toService(3), fault: CUT, seen: lost, session: BEATING },
  { name: 'cut within a pong', place: toClient(1), fault: CUT, seen: lost, session: BEATING },
  { name: 'reset within a pong', place: toClient(1), fault: RESET, seen: lost, session: BEATING },
  { name: 'half-open', place: toClient(0), fault: HALF_OPEN, seen: fellSilent, session: STRICT },
  {
    name: 'half-open, only towards the service',
    place: toService(0),
    fault: { ...HALF_OPEN, oneWay: true },
    seen: fellSilent,
    session: STRICT,
  },
  {
    name: 'half-open, only towards the client',
    place: toClient(0),
    fault: { ...HALF_OPEN, oneWay: true },
    seen: fellSilent,
    session: STRICT,
  },
  {
    name: 'half-open within a pong',
    place: toClient(1),
    fault: HALF_OPEN,
    seen: fellSilent,
    session: STRICT,
  },
  { name: 'a delay', place: toClient(0), fault: SHORT_DELAY, session: BEATING },
  {
    name: 'a delay beyond the heartbeat',
    place: toClient(0),
    fault: LONG_DELAY,
    seen: fellSilent,
    session: STRICT,
  },
  { name: 'throttled pings', place: toService(0), fault: SLOW, session: BEATING },
  { name: 'throttled pongs', place: toClient(0), fault: SLOW, session: BEATING },
  { name: 'split into bytes, to the service', place: toService(0), fault: SPLIT, session: BEATING },
  { name: 'split into bytes, to the client', place: toClient(0), fault: SPLIT, session: BEATING },
  { name: 'merged', place: toClient(0), fault: MERGE, session: BEATING },
];

const THROTTLED: LineFault = { kind: 'throttle', bytesPerSecond: 100_000 };
const PIECES: LineFault = { kind: 'split', segmentBytes: 100 };

/** Positions count from the beginning of the utterance. Frames have about 600 bytes, chunks of audio 700. */
export const SPEAKING_FAULTS: readonly FaultRow[] = [
  { name: 'cut before the first frame', place: toClient(0), fault: CUT, seen: lost },
  { name: 'cut within a frame', place: toClient(4_000), fault: CUT, seen: lost },
  { name: 'cut within a chunk of audio', place: toService(4_000), fault: CUT, seen: lost },
  { name: 'reset within a frame', place: toClient(4_000), fault: RESET, seen: lost },
  { name: 'reset within a chunk of audio', place: toService(4_000), fault: RESET, seen: lost },
  {
    name: 'half-open within a frame',
    place: toClient(4_000),
    fault: HALF_OPEN,
    seen: fellSilent,
    session: STRICT,
  },
  {
    name: 'half-open within a chunk of audio',
    place: toService(4_000),
    fault: HALF_OPEN,
    seen: fellSilent,
    session: STRICT,
  },
  {
    name: 'half-open, only towards the service',
    place: toService(4_000),
    fault: { ...HALF_OPEN, oneWay: true },
    seen: fellSilent,
    session: STRICT,
  },
  {
    name: 'half-open, only towards the client',
    place: toClient(4_000),
    fault: { ...HALF_OPEN, oneWay: true },
    seen: fellSilent,
    session: STRICT,
  },
  { name: 'delayed frames', place: toClient(4_000), fault: SHORT_DELAY, session: BEATING },
  { name: 'delayed audio', place: toService(4_000), fault: SHORT_DELAY, session: BEATING },
  {
    name: 'frames delayed beyond the heartbeat',
    place: toClient(4_000),
    fault: LONG_DELAY,
    seen: fellSilent,
    session: STRICT,
  },
  { name: 'throttled frames', place: toClient(0), fault: THROTTLED, session: STRICT },
  { name: 'throttled audio', place: toService(0), fault: THROTTLED, session: STRICT },
  { name: 'frames split into pieces', place: toClient(0), fault: PIECES, session: BEATING },
  { name: 'audio split into pieces', place: toService(0), fault: PIECES, session: BEATING },
  { name: 'frames merged', place: toClient(0), fault: MERGE, session: BEATING },
  { name: 'audio merged', place: toService(0), fault: MERGE, session: BEATING },
];
