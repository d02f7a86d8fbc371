/**
 * Connections that stop without a close: during speech, without speech, and only for a moment. Virtual time, with
 * default options unless a test says otherwise.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../src/index.js';
import type { AvatarSessionOptions } from '../../src/index.js';
import type { VirtualClock } from '../virtual-clock.js';
import type { FakeDial } from './fake-transport.js';
import { ROUND_TRIP_MS, serveOverLongLine } from './long-line.js';
import type { LongLine, LongLinePlan } from './long-line.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession } from './virtual-session.js';

afterEach(() => AvatarSession.closeAll());

interface Stage extends VirtualSession {
  readonly lines: never;
  readonly line: LongLine;
}

async function started(options: Partial<AvatarSessionOptions> = {}, plan: LongLinePlan = {}): Promise<Stage> {
  const dialled: LongLine[] = [];
  const service = (dial: FakeDial, clock: VirtualClock): void => {
    dialled.push(serveOverLongLine(dial, clock, plan));
  };
  const virtual = virtualSession({ service, options });
  void virtual.session.start();
  await virtual.clock.until(() => virtual.session.state === 'websocket_runtime');
  return Object.assign(Object.create(virtual) as VirtualSession, {
    get line(): LongLine {
      const line = dialled.at(-1);
      if (line === undefined) throw new Error('no dial was made');
      return line;
    },
  }) as Stage;
}

/** Speaks for this duration, in pieces of 20 ms at the speed of real time. */
function speak({ session, clock }: VirtualSession, durationMs: number): { outcome: () => unknown } {
  const utterance = session.speak();
  let outcome: unknown;
  utterance.finished.then(
    (result) => (outcome = result.outcome),
    (error: unknown) => (outcome = error),
  );
  const endsAtMs = clock.nowMs() + durationMs;
  const write = (): void => {
    utterance.write(new Uint8Array(640)).catch(() => undefined);
    if (clock.nowMs() + 20 < endsAtMs) clock.schedule(20, write);
    else utterance.end().catch(() => undefined);
  };
  write();
  return { outcome: () => outcome };
}

function indicesOf({ reported }: VirtualSession): number[] {
  return reported.flatMap(({ line }) => (line.startsWith('frame ') ? [Number(line.slice(6))] : []));
}

describe('a connection that drops all packets after some time', () => {
  it.each([1_000, 2_345, 7_777, 30_001])(
    'during speech, after %i ms, is detected within three seconds, and no keyframe is lost',
    async (afterMs) => {
      const stage = await started();
      const spoken = speak(stage, 40_000);
      await stage.clock.advance(afterMs);
      stage.line.deadUntilMs = Infinity;
      const diedAtMs = stage.clock.nowMs();
      await stage.clock.until(() => stage.errors.length > 0);
      // Packets that were in flight at that moment still arrived.
      expect(stage.clock.nowMs() - diedAtMs).toBeLessThanOrEqual(3_000 + ROUND_TRIP_MS / 2);
      expect(stage.errors[0]).toMatchObject({ step: 'heartbeat', willRetry: true });
      await stage.clock.until(() => spoken.outcome() !== undefined);
      expect([spoken.outcome(), stage.errors.length]).toEqual(['replayed', 1]);
      expect(indicesOf(stage)).toEqual(Array.from({ length: 1_000 }, (_frame, index) => index));
    },
  );

  it('directly after speech is detected within three seconds', async () => {
    const stage = await started();
    const spoken = speak(stage, 2_000);
    await stage.clock.until(() => spoken.outcome() !== undefined);
    stage.line.deadUntilMs = Infinity;
    const diedAtMs = stage.clock.nowMs();
    void speak(stage, 2_000);
    await stage.clock.until(() => stage.errors.length > 0);
    expect(stage.clock.nowMs() - diedAtMs).toBeLessThanOrEqual(3_000);
  });

  it.each([
    ['without speech', {}, 9_000, 10_000],
    ['during speech, with speaking: false', { heartbeat: { speaking: false } }, 9_000, 10_000],
    ['during speech, with longer times', { heartbeat: { intervalMs: 8_000 } }, 12_000, 13_020],
  ] as const)('%s is detected within the times without speech', async (what, options, leastMs, mostMs) => {
    const stage = await started(options);
    if (what !== 'without speech') void speak(stage, 60_000);
    await stage.clock.advance(3_000);
    stage.line.deadUntilMs = Infinity;
    const diedAtMs = stage.clock.nowMs();
    await stage.clock.until(() => stage.errors.length > 0);
    const noticedMs = stage.clock.nowMs() - diedAtMs;
    expect(noticedMs).toBeGreaterThanOrEqual(what === 'without speech' ? 5_000 : leastMs);
    expect(noticedMs).toBeLessThanOrEqual(mostMs + ROUND_TRIP_MS / 2);
  });
});

describe('no loss is reported during speech after', () => {
  async function delivered(stage: Stage, spoken: { outcome: () => unknown }): Promise<void> {
    await stage.clock.until(() => spoken.outcome() !== undefined);
    expect([spoken.outcome(), stage.errors, stage.transport.dials.length]).toEqual(['delivered', [], 1]);
  }

  it.each([1_000, 1_940, 2_900, 3_111, 4_777])('a second without packets, after %i ms', async (afterMs) => {
    const stage = await started();
    const spoken = speak(stage, 8_000);
    await stage.clock.advance(afterMs);
    stage.line.deadUntilMs = stage.clock.nowMs() + 1_000;
    await delivered(stage, spoken);
  });

  it.each([1_000, 1_940, 2_900, 3_111, 4_777])(
    'a stall of the event loop of 2 s, after %i ms',
    async (afterMs) => {
      const stage = await started();
      const spoken = speak(stage, 8_000);
      await stage.clock.advance(afterMs);
      await stage.clock.stall(2_000);
      await delivered(stage, spoken);
    },
  );

  it('twenty seconds without frames from a service that answers pings', async () => {
    const stage = await started({}, { thinksMs: 20_000 });
    await delivered(stage, speak(stage, 3_000));
  });
});

describe('a service that answers no pings', () => {
  it('and sends its first frame after eight seconds is counted as lost once, and later not during speech', async () => {
    const stage = await started({}, { thinksMs: 8_000, pongs: false });
    const spoken = speak(stage, 3_000);
    await stage.clock.until(() => spoken.outcome() !== undefined);
    expect([spoken.outcome(), stage.errors.length]).toEqual(['replayed', 1]);
  });
});

describe('a service that stops for four and a half seconds at the beginning of each request', () => {
  it('is counted as lost twice, and later not during speech', async () => {
    const stage = await started({}, { standsStillMs: 4_500 });
    const spoken = speak(stage, 3_000);
    await stage.clock.until(() => spoken.outcome() !== undefined);
    expect([spoken.outcome(), stage.errors.length]).toEqual(['replayed', 2]);
  });
});
