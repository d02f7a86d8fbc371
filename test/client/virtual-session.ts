/**
 * A whole session in virtual time, with a scripted service and scripted tokens. It records every event of the
 * application, in order and with its time.
 */
import { newAvatarSession } from '../../src/index.js';
import type { AvatarSDKError, AvatarSession, AvatarSessionOptions, TokenReason } from '../../src/index.js';
import { createSeededRandom } from '../../src/adapters/node/runtime-sources.js';
import type { CloseInfo, ReconnectInfo, RetryInfo } from '../../src/client/events/session-events.js';
import { VirtualClock } from '../virtual-clock.js';
import { FakeTransport } from './fake-transport.js';
import type { FakeDial } from './fake-transport.js';

/** A line per event: `state waiting`, `error upstreamError`, `retry 2`, `reconnect`, `close failed`. */
export interface Reported {
  readonly atMs: number;
  readonly line: string;
}

export interface VirtualSession {
  readonly session: AvatarSession;
  readonly clock: VirtualClock;
  readonly transport: FakeTransport;
  readonly reported: Reported[];
  readonly lines: () => string[];
  readonly errors: AvatarSDKError[];
  readonly retries: RetryInfo[];
  readonly reconnects: ReconnectInfo[];
  readonly closes: CloseInfo[];
  readonly tokenReasons: TokenReason[];
  /** The times at which the dials of the transport began, in virtual milliseconds. */
  readonly dialsAtMs: number[];
}

export interface VirtualSessionPlan {
  readonly service: (dial: FakeDial, clock: VirtualClock) => void;
  readonly options?: Partial<AvatarSessionOptions>;
  readonly seed?: number;
  /**
   * Sessions with the same clock count as sessions of one process, and share a connect gate. Default: a new
   * clock.
   */
  readonly clock?: VirtualClock;
  /** Whether a handler gets the frames. Default: true. */
  readonly takesFrames?: boolean;
}

export function virtualSession(plan: VirtualSessionPlan): VirtualSession {
  const { service, options, seed = 1, clock = new VirtualClock(), takesFrames = true } = plan;
  const dialsAtMs: number[] = [];
  const transport = new FakeTransport((dial) => {
    dialsAtMs.push(clock.nowMs());
    service(dial, clock);
  });
  const tokenReasons: TokenReason[] = [];
  const session = newAvatarSession({
    appId: 'app',
    avatarId: 'avatar',
    ingressEndpointUrl: 'wss://ingress.test/v2',
    tokenProvider: ({ reason }) => {
      tokenReasons.push(reason);
      return `token-${tokenReasons.length}`;
    },
    transport,
    clock,
    random: createSeededRandom(seed),
    ...options,
  });
  const reported: Reported[] = [];
  const report = (line: string): void => void reported.push({ atMs: clock.nowMs(), line });
  const errors: AvatarSDKError[] = [];
  const retries: RetryInfo[] = [];
  const reconnects: ReconnectInfo[] = [];
  const closes: CloseInfo[] = [];
  session
    .on('state', ({ to }) => report(`state ${to}`))
    .on('error', (error) => {
      errors.push(error);
      report(`error ${error.code}`);
    })
    .on('retry', (info) => {
      retries.push(info);
      report(`retry ${info.attempt}`);
    })
    .on('reconnect', (info) => {
      reconnects.push(info);
      report('reconnect');
    })
    .on('close', (info) => {
      closes.push(info);
      report(`close ${info.reason}`);
    });
  if (takesFrames) session.on('frame', ({ index }) => report(`frame ${index}`));
  const lines = (): string[] => reported.map(({ line }) => line);
  return {
    session,
    clock,
    transport,
    reported,
    lines,
    errors,
    retries,
    reconnects,
    closes,
    tokenReasons,
    dialsAtMs,
  };
}

/** A virtual session after `start()` has resolved. */
export async function startedVirtualSession(plan: VirtualSessionPlan): Promise<VirtualSession> {
  const virtual = virtualSession(plan);
  const start = virtual.session.start();
  await virtual.clock.settle();
  await start;
  return virtual;
}

/** The gaps between successive times, milliseconds. */
export function gapsMs(timesMs: readonly number[]): number[] {
  return timesMs.slice(1).map((atMs, index) => atMs - (timesMs[index] ?? 0));
}
