/** Properties of the connect gate under random sequences of events. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateStory, gateStory, LEASE_MS } from './gate-story.js';

/** The time until the latest floor of the endpoint and of the accounts of all present sessions, milliseconds. */
function floorMs({ gate, waiting, called, ready, nowMs }: GateStory): number {
  const floors = [...waiting, ...called, ...ready].map(({ account }) => account.belief.notBeforeMs);
  return Math.max(gate.status.notBeforeMs ?? 0, ...floors) - nowMs;
}

describe('the connect gate, after any events', () => {
  it('serves each account in order, within limit, pace and floor, and never lets a session wait that may dial', () => {
    fc.assert(
      fc.property(gateStory, ({ seed, events }) => {
        const reported = new GateStory(seed);
        for (const one of events) reported.play(one);
      }),
      { numRuns: 300 },
    );
  });

  it('admits all sessions when dials succeed after 20 ms each, for any length of the line', () => {
    fc.assert(
      fc.property(gateStory, ({ seed, events }) => {
        const reported = new GateStory(seed);
        for (const one of events) reported.play(one);
        const beganAtMs = reported.nowMs;
        const { left } = reported;
        const waitMs = Math.max(floorMs(reported), 0);
        while (reported.left > 0) {
          if (reported.called.length > 0) reported.play({ kind: 'prepare', pick: 0 });
          else if (reported.dialling.length > 0) {
            reported.play({ kind: 'pass', ms: 20 });
            [...reported.dialling].forEach(() => reported.play({ kind: 'succeed', pick: 0 }));
          } else reported.play({ kind: 'wake' });
        }
        expect(reported.nowMs - beganAtMs).toBeLessThanOrEqual(waitMs + 3_100 + left * 28);
      }),
      { numRuns: 200 },
    );
  });

  it('lets all sessions dial, although no permit is returned and no preparation ends', () => {
    fc.assert(
      fc.property(gateStory, ({ seed, events }) => {
        const reported = new GateStory(seed);
        for (const one of events) reported.play(one);
        const beganAtMs = reported.nowMs;
        const { left } = reported;
        const waitMs = Math.max(floorMs(reported), 0);
        for (let turn = 0; reported.waiting.length + reported.ready.length > 0; turn += 1) {
          expect(reported.gate.wakeAtMs, 'no session waits without a reason').toBeDefined();
          reported.play({ kind: 'wake' });
        }
        // At least one session dials per lease, or per period between probes.
        expect(reported.nowMs - beganAtMs).toBeLessThanOrEqual(waitMs + 4_000 + left * LEASE_MS);
      }),
      { numRuns: 100 },
    );
  });
});
