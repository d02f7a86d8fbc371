import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../../src/adapters/node/runtime-sources.js';
import type { Fault } from '../../../src/emulator/fault/fault.js';
import { FaultPlan, drawAmount } from '../../../src/emulator/fault/fault-plan.js';
import { AvatarEmulator } from '../../../src/emulator/index.js';
import { tone } from '../pcm.js';
import { connect, requestToken } from '../raw-client.js';

function plan(...faults: Fault[]): FaultPlan {
  return new FaultPlan(faults, createSeededRandom(1));
}

function kinds(from: FaultPlan, occurrences: number): string[][] {
  return Array.from({ length: occurrences }, () => from.take('token').map(({ kind }) => kind));
}

describe('a fault plan', () => {
  it.each<[string, Fault, string[][]]>([
    ['once by default', { kind: 'hang', phase: 'token' }, [['hang'], [], []]],
    ['as often as configured', { kind: 'hang', phase: 'token', times: 2 }, [['hang'], ['hang'], []]],
    ['always', { kind: 'hang', phase: 'token', times: 'always' }, [['hang'], ['hang'], ['hang']]],
    ['at the nth', { kind: 'hang', phase: 'token', nth: 3 }, [[], [], ['hang']]],
    ['never with probability 0', { kind: 'hang', phase: 'token', probability: 0 }, [[], [], []]],
    ['not in another phase', { kind: 'hang', phase: 'upgrade' }, [[], [], []]],
  ])('fires %s', (_name, fault, expected) => {
    expect(kinds(plan(fault), 3)).toEqual(expected);
  });

  it('applies the faults after a final fault at the next occurrence', () => {
    const faults = plan(
      { kind: 'delay', phase: 'token', delayMs: 1, times: 'always' },
      { kind: 'refuse', phase: 'token', status: 500 },
      { kind: 'reset', phase: 'token' },
    );
    expect(kinds(faults, 3)).toEqual([['delay', 'refuse'], ['delay', 'reset'], ['delay']]);
  });

  it('depends on the seed', () => {
    const fault: Fault = { kind: 'hang', phase: 'token', probability: 0.3, times: 'always' };
    const run = (seed: number): string => {
      const seeded = new FaultPlan([fault], createSeededRandom(seed));
      return Array.from({ length: 200 }, () => seeded.take('token').length).join('');
    };
    expect(run(1)).toBe(run(1));
    expect(run(1)).not.toBe(run(2));
    const fired = run(1).replaceAll('0', '').length;
    expect(fired).toBeGreaterThan(40);
    expect(fired).toBeLessThan(80);
  });

  it('draws amounts from a closed range', () => {
    const random = createSeededRandom(1);
    const draws = Array.from({ length: 300 }, () => drawAmount([3, 5], random));
    expect(new Set(draws)).toEqual(new Set([3, 4, 5]));
    expect(drawAmount(7, random)).toBe(7);
  });
});

describe('injection while the service runs', () => {
  it('applies to the next request, and counts how often it fired', async () => {
    await using service = await AvatarEmulator.start();
    expect((await requestToken(service)).status).toBe(200);
    const injected = service.inject({ kind: 'refuse', phase: 'token', status: 503, times: 2 });
    expect((await requestToken(service)).status).toBe(503);
    expect(injected.firedCount).toBe(1);
    injected.remove();
    expect((await requestToken(service)).status).toBe(200);
  });

  it('applies to a session that is already confirmed, counted from the injection', async () => {
    await using service = await AvatarEmulator.start();
    const client = await connect(service);
    client.audio('r1', tone(400), true);
    await client.until(() => client.hasEnded('r1'));
    service.inject({ kind: 'close', phase: 'runtime', code: 4503, afterKeyframes: 5 });
    client.audio('r2', tone(400), true);
    expect((await client.closed).code).toBe(4503);
    expect(client.keyframes('r2')).toHaveLength(5);
  });

  it('refuses values that are not faults', async () => {
    await using service = await AvatarEmulator.start();
    const wrong = { kind: 'reset', phase: 'lunch' } as unknown as Fault;
    expect(() => service.inject(wrong)).toThrow(
      new RangeError(
        'fault.phase must be one of token, upgrade, handshake, runtime, got a string of 5 characters',
      ),
    );
  });
});
