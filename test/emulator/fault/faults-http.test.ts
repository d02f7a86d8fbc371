/** HTTP faults from the view of a bare client: token requests, upgrades, gateways. */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator, type Fault } from '../../../src/emulator/index.js';
import { dial, newToken, requestToken } from '../raw-client.js';

describe('faults at the token endpoint', () => {
  it('refuses once with any status, header and body, then serves', async () => {
    const fault: Fault = {
      kind: 'refuse',
      phase: 'token',
      status: 503,
      headers: { 'Retry-After': '1' },
      body: 'busy',
    };
    await using service = await AvatarEmulator.start({ faults: [fault] });
    const refusal = await requestToken(service);
    expect(refusal.status).toBe(503);
    expect(refusal.headers.get('retry-after')).toBe('1');
    expect(await refusal.text()).toBe('busy');
    expect((await requestToken(service)).status).toBe(200);
  });

  it('resets the connection', async () => {
    await using service = await AvatarEmulator.start({ faults: [{ kind: 'reset', phase: 'token' }] });
    await expect(requestToken(service)).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  });

  it('hangs until the client aborts', async () => {
    await using service = await AvatarEmulator.start({ faults: [{ kind: 'hang', phase: 'token' }] });
    const body = JSON.stringify({ expireAt: 1 });
    const giveUp = new AbortController();
    const url = `${service.consoleEndpointUrl}/session-tokens`;
    const request = fetch(url, { method: 'POST', body, signal: giveUp.signal });
    const outcome = expect(request).rejects.toMatchObject({ name: 'AbortError' });
    await service.waitFor(({ event }) => event === 'faultFired');
    await new Promise((resolve) => setTimeout(resolve, 50));
    giveUp.abort();
    await outcome;
    expect(service.log.map(({ event }) => event)).toEqual(['tokenRequested', 'faultFired']);
  });

  it('answers late', async () => {
    await using service = await AvatarEmulator.start({
      faults: [{ kind: 'delay', phase: 'token', delayMs: 60 }],
    });
    const startedAtMs = performance.now();
    expect((await requestToken(service)).status).toBe(200);
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(59);
  });

  it('applies only to the nth request', async () => {
    const fault: Fault = { kind: 'refuse', phase: 'token', nth: 2, status: 500, times: 'always' };
    await using service = await AvatarEmulator.start({ faults: [fault] });
    const statuses = [];
    for (let request = 0; request < 3; request++) statuses.push((await requestToken(service)).status);
    expect(statuses).toEqual([200, 500, 200]);
  });
});

describe('faults at the upgrade', () => {
  it('refuses with any status, header and body', async () => {
    const headers = { 'Retry-After': '30' };
    const fault: Fault = { kind: 'refuse', phase: 'upgrade', status: 429, headers, body: 'later' };
    await using service = await AvatarEmulator.start({ faults: [fault] });
    const refusal = await (await dial(service)).refused;
    expect(refusal).toMatchObject({ status: 429, body: 'later', headers: { 'retry-after': '30' } });
    await expect((await dial(service)).opened).resolves.toBeUndefined();
  });

  it('answers 101 with a false accept key', async () => {
    const headers = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': 'false' };
    const fault: Fault = { kind: 'refuse', phase: 'upgrade', status: 101, headers };
    await using service = await AvatarEmulator.start({ faults: [fault] });
    await expect((await dial(service)).opened).rejects.toThrow('Invalid Sec-WebSocket-Accept header');
  });

  it('resets the connection and leaves the token unused', async () => {
    await using service = await AvatarEmulator.start({ faults: [{ kind: 'reset', phase: 'upgrade' }] });
    const token = await newToken(service);
    await expect((await dial(service, { token })).opened).rejects.toMatchObject({ code: 'ECONNRESET' });
    await expect((await dial(service, { token })).opened).resolves.toBeUndefined();
  });

  it('hangs, but the service can be stopped', async () => {
    const service = await AvatarEmulator.start({ faults: [{ kind: 'hang', phase: 'upgrade' }] });
    const client = await dial(service);
    await service.waitFor(({ event }) => event === 'faultFired');
    await service.stop();
    await expect(client.opened).rejects.toThrow('socket hang up');
    expect(service.log.some(({ event }) => event === 'opened')).toBe(false);
  });

  it('upgrades late after a refusal, with a plan of a delay and a refusal', async () => {
    const faults: Fault[] = [
      { kind: 'delay', phase: 'upgrade', delayMs: 60 },
      { kind: 'refuse', phase: 'upgrade', status: 502 },
    ];
    await using service = await AvatarEmulator.start({ faults });
    const startedAtMs = performance.now();
    expect((await (await dial(service)).refused).status).toBe(502);
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(59);
  });
});

describe('a gateway in front of the service', () => {
  it.each([
    [404, 'default backend - 404'],
    [200, 'We are down for maintenance'],
    [500, '500 Internal Server Error'],
  ])('answers the token request and the upgrade with its own page, %i', async (status, title) => {
    const page = { kind: 'gatewayPage', status } as const;
    const faults: Fault[] = [
      { ...page, phase: 'token', nth: 2 },
      { ...page, phase: 'upgrade' },
    ];
    await using service = await AvatarEmulator.start({ faults });
    const refused = await (await dial(service)).refused;
    expect(refused).toMatchObject({ status, headers: { 'content-type': 'text/html' } });
    expect(refused.body).toContain(`<title>${title}</title>`);
    const answer = await requestToken(service);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(`<title>${title}</title>`);
    expect((await requestToken(service)).status).toBe(200);
  });

  it('answers like API gateways if JSON is requested', async () => {
    const front = { kind: 'gatewayPage', status: 404, json: true } as const;
    const faults: Fault[] = [
      { ...front, phase: 'token' },
      { ...front, phase: 'upgrade', title: 'Forbidden' },
    ];
    await using service = await AvatarEmulator.start({ faults });
    const answer = await requestToken(service);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toEqual({ message: 'no Route matched with those values' });
    expect((await (await dial(service)).refused).body).toBe('{"message":"Forbidden"}');
  });

  it('redirects to another host, and has any configured title and header', async () => {
    const fault: Fault = {
      kind: 'gatewayPage',
      phase: 'upgrade',
      status: 302,
      title: 'Sign in',
      headers: { 'X-Gateway': 'edge' },
    };
    await using service = await AvatarEmulator.start({ faults: [fault] });
    const { headers, body } = await (await dial(service)).refused;
    expect(headers).toMatchObject({ location: 'https://login.gateway.test/sign-in', 'x-gateway': 'edge' });
    expect(body).toContain('<title>Sign in</title>');
  });
});
