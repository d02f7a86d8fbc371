/**
 * The application of the container example, run in the way of a container platform, without building an
 * image.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { REDIS_SERVER, RedisServer } from '../fleet/redis-server.mjs';
import { PROJECT } from '../source-imports.js';

const LOOPBACK = '127.0.0.1';

class App implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ports: Promise<{ readonly service: number; readonly platform: number }>;
  readonly exit: Promise<unknown[]>;
  /** The text on standard error. */
  log = '';

  constructor({ sessionOptions }: AvatarEmulator, env: NodeJS.ProcessEnv = {}) {
    const { appId, apiKey, avatarId, consoleEndpointUrl, ingressEndpointUrl } = sessionOptions;
    this.#child = spawn(process.execPath, ['examples/container/app.mjs'], {
      cwd: PROJECT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        ...{ PORT: '0', PLATFORM_PORT: '0', REDIS_URL: undefined },
        ...{ AVATARKIT_APP_ID: appId, AVATARKIT_API_KEY: apiKey, AVATARKIT_AVATAR_ID: avatarId },
        ...{ AVATARKIT_CONSOLE_URL: consoleEndpointUrl, AVATARKIT_INGRESS_URL: ingressEndpointUrl },
        ...env,
      },
    });
    this.exit = once(this.#child, 'close');
    this.#child.stderr?.on('data', (data: Buffer) => (this.log += data.toString()));
    this.#ports = this.#readPorts();
    this.#ports.catch(() => undefined);
  }

  async #readPorts(): Promise<{ readonly service: number; readonly platform: number }> {
    if (this.#child.stdout === null) throw new Error('no standard output');
    const [line] = (await once(createInterface(this.#child.stdout), 'line')) as [string];
    const { service, platform } = JSON.parse(line) as Record<
      'service' | 'platform',
      { readonly port: number }
    >;
    return { service: service.port, platform: platform.port };
  }

  async ask(path: string): Promise<number> {
    const { platform } = await this.#ports;
    return (await fetch(`http://${LOOPBACK}:${platform}${path}`)).status;
  }

  async speak(audio: Uint8Array<ArrayBuffer>, signal?: AbortSignal): Promise<Response> {
    const { service } = await this.#ports;
    return fetch(`http://${LOOPBACK}:${service}/speak`, {
      method: 'POST',
      body: audio,
      signal: signal ?? null,
    });
  }

  /** Resolves when the log contains the text this many times. */
  async logged(text: string, times = 1): Promise<void> {
    while (this.log.split(text).length <= times) await once(this.#child.stderr ?? this.#child, 'data');
  }

  signal(): void {
    this.#child.kill('SIGTERM');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exit;
  }
}

const linesOf = (text: string): string[] => text.trim().split('\n');

describe('the application', () => {
  it('answers with keyframes, drains before the signal, and leaves no session open', async () => {
    await using emulator = await AvatarEmulator.start({ pace: 10 });
    await using app = new App(emulator);
    expect([await app.ask('/livez'), await app.ask('/readyz'), await app.ask('/')]).toEqual([200, 200, 404]);

    const spoken = await app.speak(new Uint8Array(64_000));
    const drained = app.ask('/drain');
    expect(linesOf(await spoken.text())).toHaveLength(50);
    expect(await drained).toBe(200);
    expect(await app.ask('/readyz')).toBe(503);
    await expect(app.speak(new Uint8Array(3_200))).rejects.toThrow();
    expect(emulator.openSockets).toBe(0);

    app.signal();
    expect(await app.exit).toEqual([0, null]);
  });

  it('finishes the open utterances when the signal comes without a drain before it', async () => {
    await using emulator = await AvatarEmulator.start({ pace: 10 });
    await using app = new App(emulator);
    const spoken = await app.speak(new Uint8Array(64_000));
    app.signal();
    expect(linesOf(await spoken.text())).toHaveLength(50);
    expect(await app.exit).toEqual([0, null]);
    expect(emulator.openSockets).toBe(0);
  });

  it.skipIf(REDIS_SERVER === undefined)('shares the limit of the plan with other replicas', async () => {
    const server = await RedisServer.start();
    onTestFinished(() => server.stop());
    await using emulator = await AvatarEmulator.start({ maxSessions: 1 });
    const env = { REDIS_URL: `redis://${LOOPBACK}:${server.port}`, MAX_SESSIONS: '1' };
    await using one = new App(emulator, env);
    await using other = new App(emulator, env);
    for (const app of [one, other]) {
      expect(linesOf(await (await app.speak(new Uint8Array(32_000))).text())).toHaveLength(25);
      // Its session is unused, but keeps its lease. The other replica is admitted when it ends.
      app.signal();
      expect(await app.exit).toEqual([0, null]);
    }
    expect(emulator.peakOpenSockets).toBe(1);
  });

  it('answers a WAV file with a header with the code of the failure, for any number of received bytes', async () => {
    await using emulator = await AvatarEmulator.start();
    await using app = new App(emulator);
    for (const lengthBytes of [3_200, 2_000_000]) {
      const answer = await app.speak(Buffer.from('RIFF----WAVEfmt '.padEnd(lengthBytes)));
      expect([answer.status, await answer.json()]).toEqual([503, { error: 'invalidRequest' }]);
    }
    await app.logged('"code":"invalidRequest"', 2);
  });

  it('reports the code of a failure, logs it with its remedy, and is not ready until a session connects', async () => {
    await using emulator = await AvatarEmulator.start({
      faults: [{ kind: 'refuse', phase: 'token', nth: 1, status: 402, body: '{}' }],
    });
    await using app = new App(emulator);
    const answer = await app.speak(new Uint8Array(3_200));
    expect([answer.status, await answer.json()]).toEqual([503, { error: 'billingRequired' }]);
    expect(await app.ask('/readyz')).toBe(503);
    await app.logged('\n');
    expect(app.log.split('\n').map((line) => (line === '' ? '' : (JSON.parse(line) as unknown)))).toEqual([
      {
        level: 'error',
        err: expect.objectContaining({
          code: 'billingRequired',
          will_retry: false,
          remediation: expect.stringMatching(/./) as string,
        }) as object,
      },
      '',
    ]);
    expect((await app.speak(new Uint8Array(3_200))).status).toBe(200);
    expect(await app.ask('/readyz')).toBe(200);
  });

  it.each([
    [{ AVATARKIT_API_KEY: undefined }, 'AVATARKIT_API_KEY'],
    [
      { AVATARKIT_APP_ID: '', AVATARKIT_API_KEY: '', AVATARKIT_AVATAR_ID: '' },
      'AVATARKIT_APP_ID, AVATARKIT_API_KEY, AVATARKIT_AVATAR_ID',
    ],
  ])('prints in one line which variables are missing, and does not start: %j', async (env, named) => {
    await using emulator = await AvatarEmulator.start();
    await using app = new App(emulator, env);
    expect(await app.exit).toEqual([1, null]);
    expect(app.log).toBe(`app: set ${named} in the environment\n`);
  });
});

describe('the application in an outage', () => {
  const day = String(86_400_000);

  it('stops waiting for a session when its client has disconnected, and drains at once', async () => {
    await using emulator = await AvatarEmulator.start();
    await using app = new App(emulator, { DRAIN_MS: day });
    await emulator.stop();
    const client = new AbortController();
    const spoken = app.speak(new Uint8Array(3_200), client.signal);
    await app.logged('"code":');
    client.abort();
    await expect(spoken).rejects.toThrow('aborted');
    expect(await app.ask('/drain')).toBe(200);
    app.signal();
    expect(await app.exit).toEqual([0, null]);
  });

  it('ends DRAIN_MS after the signal, even if a client waits for a session', async () => {
    await using emulator = await AvatarEmulator.start();
    await using app = new App(emulator, { DRAIN_MS: '50' });
    await emulator.stop();
    const spoken = app.speak(new Uint8Array(3_200));
    await app.logged('"code":');
    app.signal();
    const answer = await spoken;
    expect([answer.status, await answer.json()]).toEqual([503, { error: 'connectionClosed' }]);
    expect(await app.exit).toEqual([0, null]);
  });

  it('ends DRAIN_MS after the signal, even if an utterance is unfinished', async () => {
    await using emulator = await AvatarEmulator.start({ pace: 'realtime' });
    await using app = new App(emulator, { DRAIN_MS: '50' });
    const spoken = await app.speak(new Uint8Array(640_000));
    app.signal();
    expect(linesOf(await spoken.text()).at(-1)).toMatch(/\{"error":"connectionClosed"\}$/);
    expect(await app.exit).toEqual([0, null]);
    expect(emulator.openSockets).toBe(0);
  });
});
