/** Of `upgrade-endpoint`, over a real socket. */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../../src/emulator/index.js';
import { connect, dial, newToken } from '../raw-client.js';

const apps = [
  { appId: 'one', apiKey: 'key-one' },
  { appId: 'two', apiKey: 'key-two' },
];

describe('the upgrade', () => {
  it.each([
    ['an unknown token', { token: 'st_unknown' }, 400, 'Invalid session token'],
    ['no token', { token: '' }, 400, 'Invalid session token'],
    ['an unknown app', { appId: 'three' }, 404, 'appIDUnrecognized: three'],
    ["another app's token", { appId: 'two' }, 403, 'app id mismatch'],
    ['an unknown avatar', { avatarId: 'unknown' }, 404, 'Avatar not found: unknown'],
  ])('refuses %s, by header and by query', async (_name, overrides, status, message) => {
    await using service = await AvatarEmulator.start({ apps });
    for (const query of [false, true]) {
      const refusal = await (await dial(service, { ...overrides, query })).refused;
      expect(refusal).toMatchObject({ status, body: `${JSON.stringify({ message })}\n` });
    }
    expect(service.openSockets).toBe(0);
  });

  it('refuses a token that was used already', async () => {
    await using service = await AvatarEmulator.start();
    const token = await newToken(service);
    await (
      await dial(service, { token })
    ).opened;
    const refusal = await (await dial(service, { token })).refused;
    expect(refusal).toMatchObject({
      status: 401,
      body: '{"message":"session token expired: already used"}\n',
    });
  });

  it('accepts a token again if tokens are not single-use', async () => {
    await using service = await AvatarEmulator.start({ singleUseTokens: false });
    const token = await newToken(service);
    await (
      await dial(service, { token })
    ).opened;
    await (
      await dial(service, { token })
    ).opened;
    expect(service.openSockets).toBe(2);
  });

  it('refuses an expired token', async () => {
    await using service = await AvatarEmulator.start({ tokenLifetimeMs: 1 });
    const token = await newToken(service);
    const issuedAtMs = Date.now();
    while (Date.now() < issuedAtMs + 2); // Waits two milliseconds on the clock that checks the token.
    const refusal = await (await dial(service, { token })).refused;
    expect(refusal).toMatchObject({ status: 401, body: '{"message":"session token expired"}\n' });
  });

  it('does not mark a token as used after a refusal', async () => {
    await using service = await AvatarEmulator.start();
    const token = await newToken(service);
    await (
      await dial(service, { token, avatarId: 'unknown' })
    ).refused;
    await expect((await dial(service, { token })).opened).resolves.toBeUndefined();
  });

  it('refuses above the concurrency limit, with Retry-After, until a session is closed', async () => {
    await using service = await AvatarEmulator.start({ maxSessions: 1, retryAfterSeconds: 7 });
    const first = await connect(service);
    const refusal = await (await dial(service)).refused;
    expect(refusal.status).toBe(429);
    expect(refusal.headers['retry-after']).toBe('7');
    expect(refusal.body).toBe('{"message":"maximum concurrent sessions reached"}\n');
    first.ws.close();
    await service.waitFor(({ event }) => event === 'closed');
    await (
      await dial(service)
    ).opened;
    expect(service.peakOpenSockets).toBe(1);
  });

  it('refuses without credit', async () => {
    await using service = await AvatarEmulator.start({ creditMs: 0 });
    expect(await (await dial(service)).refused).toMatchObject({
      status: 402,
      body: '{"message":"session denied: credits exhausted"}\n',
    });
  });

  it('logs header names and no credential', async () => {
    await using service = await AvatarEmulator.start({ apps: [{ appId: 'app', apiKey: 'KEY-SECRET' }] });
    const token = await newToken(service);
    await (
      await dial(service, { token })
    ).opened;
    const entry = await service.waitFor((e) => e.event === 'upgradeRequested');
    expect(entry).toMatchObject({
      authMode: 'header',
      headerNames: expect.arrayContaining(['x-session-key']) as string[],
    });
    expect(JSON.stringify(service.log)).not.toContain(token);
    expect(JSON.stringify(service.log)).not.toContain('KEY-SECRET');
  });
});
