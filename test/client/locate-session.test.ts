import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSDKError, AvatarSession, SessionTokenError, prewarm } from '../../src/index.js';
import type { AvatarSessionOptions, HttpAnswer, HttpPostRequest } from '../../src/index.js';
import { VirtualClock } from '../virtual-clock.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession } from './virtual-session.js';

afterEach(() => AvatarSession.closeAll());

type Bootstrap = () => Promise<HttpAnswer>;

const json = (status: number, body: unknown): Promise<HttpAnswer> =>
  Promise.resolve({ status, headers: {}, body: JSON.stringify(body) });
const region =
  (current: unknown, candidates: unknown = []): Bootstrap =>
  () =>
    json(200, { region: { current, candidates } });
const fails: Bootstrap = () => Promise.reject(new Error('no network'));

/** A process in which the test answers the bootstrap requests, and every token request gets a token. */
class World {
  readonly clock = new VirtualClock();
  readonly asked: string[] = [];
  readonly bodies: unknown[] = [];
  bootstrap: Bootstrap;

  constructor(bootstrap: Bootstrap) {
    this.bootstrap = bootstrap;
  }

  readonly httpPost = ({ url, body }: HttpPostRequest): Promise<HttpAnswer> => {
    this.asked.push(url.href);
    if (url.pathname !== '/bootstrap') return json(200, { sessionToken: 'token' });
    this.bodies.push(JSON.parse(body));
    return this.bootstrap();
  };

  session(options: Partial<AvatarSessionOptions> = {}): VirtualSession {
    const { clock, httpPost } = this;
    return virtualSession({
      clock,
      service: (dial) => void dial.confirm(),
      options: {
        apiKey: 'key',
        tokenProvider: undefined,
        ingressEndpointUrl: undefined,
        region: 'auto',
        heartbeat: false,
        httpPost,
        ...options,
      },
    });
  }

  /** Starts a new session and returns the host that it dials. */
  async dialled(options: Partial<AvatarSessionOptions> = {}): Promise<string | undefined> {
    const virtual = this.session(options);
    const start = virtual.session.start();
    await this.clock.settle();
    await start;
    return new URL(virtual.transport.dials[0]?.request.url ?? '').host;
  }
}

const BOOTSTRAP = 'https://global.spatialwalk.top/bootstrap';

describe("region: 'auto'", () => {
  it('sends one request, without the key, and dials the region of the answer', async () => {
    const world = new World(region('ap-northeast'));
    expect(await world.dialled()).toBe('api.ap-northeast.spatius.ai');
    expect(world.asked).toEqual([
      BOOTSTRAP,
      'https://console.ap-northeast.spatius.ai/v1/console/session-tokens',
    ]);
    expect(world.bodies).toEqual([
      { app_id: 'app', sdk_version: expect.any(String) as string, region: 'auto', platform: 'node' },
    ]);
  });

  it('uses an answer for five minutes and for all sessions, including those that start during the request', async () => {
    const world = new World(region('cn-beijing'));
    const both = [world.session(), world.session()].map(({ session }) => session.start());
    await world.clock.settle();
    await Promise.all(both);
    await world.clock.advance(299_000);
    expect(await world.dialled()).toBe('api.cn-beijing.spatialwalk.top');
    expect(world.bodies).toHaveLength(1);
    await world.clock.advance(2_000);
    world.bootstrap = region('us-west');
    expect(await world.dialled()).toBe('api.us-west.spatius.ai');
    expect(world.bodies).toHaveLength(2);
  });

  it.each<readonly [string, Bootstrap]>([
    ['the request fails', fails],
    ['it is refused', () => json(503, { region: { current: 'ap-northeast' } })],
    ['the answer is not JSON', () => Promise.resolve({ status: 200, headers: {}, body: '<html>' })],
    ['no region is named', region(7, [null, 'auto', 'a.evil.test/x'])],
    [
      'httpPost throws',
      () => {
        throw new TypeError('broken');
      },
    ],
  ])('is us-west if %s, or the latest answer if there was one', async (_what, broken) => {
    const world = new World(broken);
    expect(await world.dialled()).toBe('api.us-west.spatius.ai');
    world.bootstrap = region('', ['ap-northeast']);
    expect(await world.dialled()).toBe('api.ap-northeast.spatius.ai');
    await world.clock.advance(300_000);
    world.bootstrap = broken;
    expect(await world.dialled()).toBe('api.ap-northeast.spatius.ai');
  });

  it('waits five seconds for the answer', async () => {
    const world = new World(() => new Promise(() => undefined));
    const { session, transport } = world.session();
    const start = session.start();
    await world.clock.advance(4_999);
    expect(transport.dials).toHaveLength(0);
    await world.clock.advance(1);
    await start;
    expect(transport.dials[0]?.request.url).toContain('api.us-west.spatius.ai');
  });

  it('sends no request if both addresses are given, and provides only the missing one otherwise', async () => {
    const world = new World(region('ap-northeast'));
    const explicit = {
      consoleEndpointUrl: 'https://console.test/v1',
      ingressEndpointUrl: 'wss://ingress.test/v2',
    };
    expect(await world.dialled(explicit)).toBe('ingress.test');
    expect(world.asked).toEqual(['https://console.test/v1/session-tokens']);
    expect(await world.dialled({ ...explicit, ingressEndpointUrl: undefined })).toBe(
      'api.ap-northeast.spatius.ai',
    );
    expect(world.asked.slice(1)).toEqual([BOOTSTRAP, 'https://console.test/v1/session-tokens']);
  });

  it('ends its request at once with its session, and init() sends the request, too', async () => {
    const world = new World(() => new Promise(() => undefined));
    const waiting = world.session();
    const start = expect(waiting.session.start()).rejects.toMatchObject({ reason: 'closed' });
    await world.clock.settle();
    await waiting.session.close();
    await start;
    const known = new World(region('ap-northeast'));
    const ahead = known.session();
    await ahead.session.init();
    expect(known.asked.at(-1)).toContain('console.ap-northeast.spatius.ai');
    const started = ahead.session.start();
    await known.clock.settle();
    await started;
    expect(known.asked).toHaveLength(2);
  });
});

describe("environment: 'spatialreal'", () => {
  it('has its own addresses and its own token path', async () => {
    const world = new World(fails);
    expect(await world.dialled({ environment: 'spatialreal' })).toBe('driven.us-west.spatialreal.cloud');
    expect(world.asked).toEqual(['https://api.spatialreal.com/v1/auth/session-token']);
  });
});

describe('prewarm', () => {
  it('fetches the region and a reusable token before a session exists', async () => {
    const world = new World(region('ap-northeast'));
    let minted = 0;
    const tokenProvider = (): { token: string; reusable: true } => {
      minted += 1;
      return { token: `t${minted}`, reusable: true };
    };
    const { clock, httpPost } = world;
    const options = { appId: 'app', avatarId: 'avatar', region: 'auto', clock, httpPost, tokenProvider };
    await prewarm(options);
    expect([world.bodies.length, minted]).toEqual([1, 1]);
    expect(await world.dialled({ apiKey: undefined, tokenProvider })).toBe('api.ap-northeast.spatius.ai');
    expect([world.bodies.length, minted]).toEqual([1, 1]);
  });

  it('never rejects, and throws for invalid options as a session does', async () => {
    const world = new World(fails);
    const { clock, httpPost } = world;
    const options = { appId: 'app', avatarId: 'avatar', region: 'auto', clock, httpPost };
    const tokenProvider = (): never => {
      throw new Error('no token available');
    };
    await expect(prewarm({ ...options, tokenProvider })).resolves.toBeUndefined();
    await expect(prewarm({ ...options, apiKey: 'key' })).resolves.toBeUndefined();
    expect(() => prewarm({ ...options, apiKey: 'key', region: 'No Region' })).toThrow(RangeError);
  });
});

describe('a failure to get a token', () => {
  it('is a SessionTokenError, and other failures are not', async () => {
    const refused = new World(region('us-west'));
    const { session, clock } = refused.session({
      retry: false,
      httpPost: () => json(401, { message: 'invalid API key' }),
      consoleEndpointUrl: 'https://console.test',
    });
    const error: unknown = await Promise.all([
      session.start().catch((thrown: unknown) => thrown),
      clock.advance(6_000),
    ]).then(([thrown]) => thrown);
    expect(error).toBeInstanceOf(SessionTokenError);
    expect(error).toBeInstanceOf(AvatarSDKError);
    expect(error).toMatchObject({
      phase: 'session_token',
      code: 'sessionTokenInvalid',
      name: 'AvatarSDKError',
    });
    const late: unknown = await session.start().catch((thrown: unknown) => thrown);
    expect(late).toBeInstanceOf(SessionTokenError);
    const unstarted = refused.session().session.sendAudio(new Uint8Array(2));
    await expect(unstarted).rejects.not.toBeInstanceOf(SessionTokenError);
  });
});
