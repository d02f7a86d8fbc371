import { describe, expect, it } from 'vitest';
import { AvatarEmulator, FAULT_PLANS, type LogEntry } from '../../../src/emulator/index.js';
import { tone } from '../pcm.js';
import { connect, dial, newToken, requestToken } from '../raw-client.js';

function fired(log: readonly LogEntry[]): string[] {
  return log.flatMap((entry) => (entry.event === 'faultFired' ? [`${entry.phase} ${entry.kind}`] : []));
}

describe('the named fault plans', () => {
  it('demo fires each fault once, in the order of a session that keeps speaking', async () => {
    await using service = await AvatarEmulator.start({ faults: FAULT_PLANS.demo });
    const refusal = await requestToken(service);
    expect([refusal.status, refusal.headers.get('retry-after')]).toEqual([503, '1']);
    await expect((await dial(service)).opened).rejects.toMatchObject({ code: 'ECONNRESET' });
    for (const code of [1006, 4503]) {
      const client = await connect(service);
      client.audio('r1', tone(8_000), true);
      expect((await client.closed).code).toBe(code);
    }
    const silent = await connect(service);
    silent.audio('r1', tone(8_000), true);
    await service.waitFor((entry) => entry.event === 'faultFired' && entry.kind === 'silence');
    silent.ws.terminate();
    const last = await connect(service);
    last.audio('r1', tone(8_000), true);
    await last.until(() => last.hasEnded('r1'));
    expect(last.keyframes('r1')).toHaveLength(200);
    expect(fired(service.log)).toEqual([
      'token refuse',
      'upgrade reset',
      'runtime reset',
      'runtime close',
      'runtime silence',
    ]);
  });

  it('overload refuses every upgrade with a Retry-After', async () => {
    await using service = await AvatarEmulator.start({ faults: FAULT_PLANS.overload });
    const token = await newToken(service);
    for (let attempt = 0; attempt < 3; attempt++) {
      const refusal = await (await dial(service, { token })).refused;
      expect(refusal).toMatchObject({ status: 429, headers: { 'retry-after': '30' } });
    }
  });

  it('flap confirms and drops every connection', async () => {
    await using service = await AvatarEmulator.start({ faults: FAULT_PLANS.flap });
    for (let attempt = 0; attempt < 3; attempt++) {
      const client = await connect(service);
      expect((await client.closed).code).toBe(1006);
    }
  });
});
