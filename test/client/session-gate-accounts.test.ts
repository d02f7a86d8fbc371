/**
 * Several customers in one process: the effect of the functions and limits of one customer on the sessions of the
 * others. Virtual time. The endpoint has just lost a connection, so its gate admits few dials at once, and each
 * occupied place matters.
 */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { AvatarSessionOptions, HttpPost } from '../../src/index.js';
import { createConnectGate, UpgradeRefused } from '../../src/index.js';
import { firstWait, GatedWorld } from './gated-world.js';
import type { VirtualSession } from './virtual-session.js';

const MANY = 20;
const never = (): Promise<never> => new Promise(() => undefined);
const broken = (): never => {
  throw new Error('the backend is down');
};
const granting: HttpPost = () =>
  Promise.resolve({ status: 200, headers: {}, body: '{"sessionToken":"token-of-console"}' });
const refusing =
  (status: number, body = '', headers = {}): HttpPost =>
  () =>
    Promise.resolve({ status, headers, body });
const throwing =
  (error: Error): HttpPost =>
  () =>
    Promise.reject(error);

/** Options of a session that requests its token from the console, for the account with this key. */
function ofConsole(apiKey: string, httpPost: HttpPost): Partial<AvatarSessionOptions> {
  return { tokenProvider: undefined, apiKey, consoleEndpointUrl: 'https://console.test/v1', httpPost };
}

/** Starts `MANY` sessions with these options, and lets time pass until they dial. */
async function startMany(
  world: GatedWorld,
  options: Partial<AvatarSessionOptions>,
): Promise<VirtualSession[]> {
  const sessions = Array.from({ length: MANY }, () => world.add({ heartbeat: false, ...options }));
  for (const { session } of sessions) void session.start();
  await world.clock.advance(2_500);
  return sessions;
}

describe('a function of one customer that fails or never settles', () => {
  it.each<[string, Partial<AvatarSessionOptions>]>([
    ['a token provider that throws', { tokenProvider: broken }],
    ['a token provider that never answers', { tokenProvider: never }],
    ['token providers of their own that never answer', {}],
    ['an egress function for LiveKit that throws', { livekitEgress: broken }],
    ['an egress function for LiveKit that never answers', { livekitEgress: never }],
    ['an egress function for Agora that never answers', { agoraEgress: never }],
    ['a transport that throws by itself', { transport: { name: 'own', sendsHeaders: true, dial: broken } }],
    ['an httpPost that throws by itself', ofConsole('key-of-a', throwing(new TypeError('not a function')))],
    ['an httpPost that never answers', ofConsole('key-of-a', never)],
  ])('does not delay another customer: %s', async (name, options) => {
    for (const others of [{}, ofConsole('key-of-b', granting)]) {
      const world = await GatedWorld.recovering();
      const perSession = name.includes('of their own');
      const sessions = perSession
        ? Array.from({ length: MANY }, () => world.add({ tokenProvider: () => never() }))
        : await startMany(world, options);
      if (perSession) for (const { session } of sessions) void session.start();
      expect(await world.connectsInMs(others)).toBeLessThanOrEqual(600);
      expect(sessions.flatMap(({ dialsAtMs }) => dialsAtMs)).toEqual([]);
      await world.close();
    }
  });

  it('does not delay sessions of the same account that do not use it', async () => {
    const world = await GatedWorld.recovering();
    const account = world.sameAccount();
    await startMany(world, { ...account, livekitEgress: never });
    expect(await world.connectsInMs(account)).toBeLessThanOrEqual(600);
    await world.close();
  });
});

describe('the console and the ingress are two endpoints', () => {
  const REFUSED = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

  it.each<[string, HttpPost]>([
    ['refuses connections', throwing(REFUSED)],
    ['refuses connections, as fetch reports it', throwing(new TypeError('fetch failed', { cause: REFUSED }))],
    ['answers 503', refusing(503)],
  ])('a console that %s delays only the sessions that request tokens from it', async (_what, httpPost) => {
    const world = new GatedWorld();
    world.down = false;
    let posts = 0;
    const counted: HttpPost = (request) => {
      posts += 1;
      return httpPost(request);
    };
    await startMany(world, ofConsole('key-of-a', counted));
    await world.clock.advance(30_000);
    // At first all dial at once, and then at most one probe per 250 ms.
    expect(posts).toBeLessThan(MANY + 60);
    expect(await world.connectsInMs()).toBeLessThanOrEqual(5);
    expect(world.sessions.at(-1)?.retries).toEqual([]);
    const late = world.add(ofConsole('key-of-b', granting));
    void late.session.start();
    await world.clock.settle();
    expect(late.session.explain().find(({ kind }) => kind === 'retry')).toMatchObject({
      source: 'gate',
      why: expect.stringContaining('at the connect gate of the console console.test: ') as string,
    });
    await world.clock.advance(6_000);
    expect(late.session.state).toBe('websocket_runtime');
    await world.close();
  });

  it('sessions that wait for an ingress that is down request no tokens', async () => {
    const world = new GatedWorld();
    let posts = 0;
    const counted: HttpPost = (request) => {
      posts += 1;
      return granting(request);
    };
    await startMany(world, ofConsole('key-of-a', counted));
    const before = posts;
    await world.clock.advance(30_000);
    expect(posts - before).toBeLessThan(40);
    expect(posts).toBe(world.dialsAtMs.length);
    await world.close();
  });
});

describe('a limit of one account', () => {
  const LIMIT = { 'retry-after': '60' };
  const body = '{"message":"too many sessions"}';

  it('at the console delays only that account', async () => {
    const world = new GatedWorld();
    world.down = false;
    await startMany(world, ofConsole('key-of-a', refusing(429, body, LIMIT)));
    expect(await world.connectsInMs(ofConsole('key-of-b', granting))).toBeLessThanOrEqual(5);
    const same = world.add(ofConsole('key-of-a', granting));
    void same.session.start();
    await world.clock.settle();
    expect(firstWait(same)?.delayMs).toBeGreaterThan(50_000);
    await world.close();
  });

  it('belongs to app and key: the same key with another app is another account', async () => {
    const world = new GatedWorld();
    world.down = false;
    await startMany(world, ofConsole('key-of-a', refusing(429, body, LIMIT)));
    expect(
      await world.connectsInMs({ ...ofConsole('key-of-a', granting), appId: 'other' }),
    ).toBeLessThanOrEqual(5);
    await world.close();
  });

  it('at the ingress delays only that account, also in the line of an endpoint that has failed', async () => {
    const world = await GatedWorld.recovering();
    const account = world.sameAccount();
    world.refusal = () => new UpgradeRefused(429, LIMIT, body);
    world.down = true;
    const limited = world.add(account);
    void limited.session.start();
    await world.clock.advance(10);
    world.down = false;
    await startMany(world, account);
    expect(await world.connectsInMs()).toBeLessThanOrEqual(50);
    expect(limited.dialsAtMs).toHaveLength(1);
    await world.close();
  });

  it('that ends a connection (4003) limits the dials of its account, and of no other', async () => {
    const world = new GatedWorld();
    world.down = false;
    const account = world.sameAccount();
    const [first] = [world.add({ ...account, retry: false }), world.add()];
    await Promise.all(world.sessions.map(({ session }) => session.start()));
    first.transport.latest.drop(4003, 'too many sessions');
    await world.clock.settle();
    for (const options of [account, {}]) {
      for (let n = 0; n < 5; n += 1) void world.add(options).session.start();
    }
    await world.clock.settle();
    const dials = world.sessions.slice(2).map(({ dialsAtMs }) => dialsAtMs.length);
    expect(dials).toEqual([1, 1, 0, 0, 0, 1, 1, 1, 1, 1]);
    await world.close();
  });

  it('has the same effect among sessions that share a separate gate', async () => {
    const world = new GatedWorld();
    world.down = false;
    const connectGate = createConnectGate();
    await startMany(world, { connectGate, ...ofConsole('key-of-a', refusing(429, body, LIMIT)) });
    const other = { connectGate, ...ofConsole('key-of-b', granting) };
    expect(await world.connectsInMs(other)).toBeLessThanOrEqual(5);
    await world.close();
  });

  it('shows no key in any output', async () => {
    const world = new GatedWorld();
    const connectGate = createConnectGate();
    const key = 'hidden-key';
    await startMany(world, { connectGate, ...ofConsole(key, refusing(429, body, LIMIT)) });
    const shown = [
      connectGate,
      ...world.sessions.map(({ session, retries }) => [session.explain(), retries]),
    ];
    expect(inspect(shown, { depth: 20, showHidden: true })).not.toContain(key);
    await world.close();
  });
});
