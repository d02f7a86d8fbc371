import { describe, expect, it } from 'vitest';
import { AvatarEmulator, type EmulatorOptions } from '../../../src/emulator/index.js';
import { connect, dial, requestToken, type RawClient } from '../raw-client.js';

/** Whether the service accepts one more session. */
async function outcomeOf(client: RawClient): Promise<'opened' | number> {
  return Promise.race([
    client.opened.then(() => 'opened' as const),
    client.refused.then(({ status }) => status),
  ]);
}

const apps = [
  { appId: 'small', apiKey: 'key-small', maxSessions: 1 },
  { appId: 'poor', apiKey: 'key-poor', creditMs: 0 },
  { appId: 'large', apiKey: 'key-large' },
];

async function dialAs(service: AvatarEmulator, appId: string): Promise<RawClient> {
  const answer = await requestToken(service, { apiKey: `key-${appId}` });
  const { sessionToken } = (await answer.json()) as { sessionToken: string };
  return dial(service, { token: sessionToken, appId });
}

describe('the plan of an account', () => {
  it('limits its own sessions and no others', async () => {
    await using service = await AvatarEmulator.start({ apps, retryAfterSeconds: 7 });
    await (
      await dialAs(service, 'small')
    ).opened;
    const refused = await (await dialAs(service, 'small')).refused;
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
    await (
      await dialAs(service, 'large')
    ).opened;
  });

  it('has its own credit', async () => {
    await using service = await AvatarEmulator.start({ apps });
    expect((await (await dialAs(service, 'poor')).refused).status).toBe(402);
    await (
      await dialAs(service, 'large')
    ).opened;
  });

  it('closes with 4003 instead of refusing the upgrade, if configured', async () => {
    await using service = await AvatarEmulator.start({ maxSessions: 1, overLimit: 'close' });
    await connect(service);
    const client = await dial(service);
    await client.opened;
    client.configure();
    expect(await client.closed).toEqual({ code: 4003, reason: 'maximum concurrent sessions reached' });
  });
});

describe('a lost connection', () => {
  const plan: EmulatorOptions = { maxSessions: 1, ghostMs: 800 };

  it('counts against the plan for a while, as a ghost', async () => {
    await using service = await AvatarEmulator.start(plan);
    const client = await connect(service);
    client.ws.terminate();
    await service.waitFor(({ event }) => event === 'closed');
    const lostAtMs = performance.now();
    expect(service.openSockets).toBe(0);
    expect(await outcomeOf(await dial(service))).toBe(429);
    const again = async (): Promise<unknown> => outcomeOf(await dial(service));
    await expect.poll(again, { timeout: 10_000 }).toBe('opened');
    expect(performance.now() - lostAtMs).toBeGreaterThanOrEqual(795);
  });

  it('leaves no ghost session after a proper close', async () => {
    await using service = await AvatarEmulator.start(plan);
    const client = await connect(service);
    client.ws.close(1000);
    await service.waitFor(({ event }) => event === 'closed');
    await (
      await dial(service)
    ).opened;
  });
});

describe('a token that expires at runtime', () => {
  it('ends the session with 4010 if the service is configured to check', async () => {
    await using service = await AvatarEmulator.start({ tokenLifetimeMs: 1_000, tokenEndsSession: true });
    const client = await connect(service);
    expect(await client.closed).toEqual({ code: 4010, reason: 'session token expired' });
  });
});
