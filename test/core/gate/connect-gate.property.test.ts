/** The connect gate under every sequence of events: what holds whatever happens. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GateStory, gateStory, LEASE_MS } from './gate-story.js';

/** The latest floor of the endpoint and of those who are here. */
function floorMs({ gate, waiting, called, ready, nowMs }: GateStory): number {
  const floors = [...waiting, ...called, ...ready].map(({ account }) => account.belief.notBeforeMs);
  return Math.max(gate.status.notBeforeMs ?? 0, ...floors) - nowMs;
}

describe('the connect gate, whatever happens', () => {
  it('serves each account in order, within limit, pace and floor, and never sleeps while it could act', () => {
    fc.assert(
      fc.property(gateStory, ({ seed, events }) => {
        const told = new GateStory(seed);
        for (const one of events) told.play(one);
      }),
      { numRuns: 300 },
    );
  });

  it('lets everybody in once the dials succeed: 20 ms each, however long the line', () => {
    fc.assert(
      fc.property(gateStory, ({ seed, events }) => {
        const told = new GateStory(seed);
        for (const one of events) told.play(one);
        const beganAtMs = told.nowMs;
        const { left } = told;
        const waitMs = Math.max(floorMs(told), 0);
        while (told.left > 0) {
          if (told.called.length > 0) told.play({ kind: 'prepare', pick: 0 });
          else if (told.dialling.length > 0) {
            told.play({ kind: 'pass', ms: 20 });
            [...told.dialling].forEach(() => told.play({ kind: 'succeed', pick: 0 }));
          } else told.play({ kind: 'wake' });
        }
        expect(told.nowMs - beganAtMs).toBeLessThanOrEqual(waitMs + 3_100 + left * 28);
      }),
      { numRuns: 200 },
    );
  });

  it('lets everybody dial though no permit comes back, and though nobody is ever done with its preparation', () => {
    fc.assert(
      fc.property(gateStory, ({ seed, events }) => {
        const told = new GateStory(seed);
        for (const one of events) told.play(one);
        const beganAtMs = told.nowMs;
        const { left } = told;
        const waitMs = Math.max(floorMs(told), 0);
        for (let turn = 0; told.waiting.length + told.ready.length > 0; turn += 1) {
          expect(told.gate.wakeAtMs, 'nobody waits for nothing').toBeDefined();
          told.play({ kind: 'wake' });
        }
        // At least one permit per lease or one probe per period.
        expect(told.nowMs - beganAtMs).toBeLessThanOrEqual(waitMs + 4_000 + left * LEASE_MS);
      }),
      { numRuns: 100 },
    );
  });
});
