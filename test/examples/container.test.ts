/** The container example: its application run as a platform does, and what its files say about ports, names and commands. Nothing is built. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { REDIS_SERVER, RedisServer } from '../fleet/redis-server.mjs';
import { PROJECT, readSource } from '../source-imports.js';

const FOLDER = 'examples/container';
const DOCKERFILE = readSource(`${FOLDER}/Dockerfile`);
const APP = readSource(`${FOLDER}/app.mjs`);
const LOOPBACK = '127.0.0.1';

interface Container {
  readonly env?: readonly { readonly name: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly [field: string]: unknown;
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly terminationGracePeriodSeconds?: number;
        readonly containers: readonly Container[];
      };
    };
    readonly selector: Readonly<Record<string, string>>;
    readonly ports: readonly { readonly port: number; readonly targetPort: string }[];
  };
}
interface Compose {
  readonly services: Readonly<
    Record<string, { readonly environment?: object; readonly build?: { readonly target: string } }>
  >;
}

const compose = parse(readSource(`${FOLDER}/compose.yaml`)) as Compose;
const manifests = parseAllDocuments(readSource(`${FOLDER}/kubernetes.yaml`)).map((document) => {
  expect(document.errors).toEqual([]);
  return document.toJS() as Manifest;
});
const containerOf = (name: string): Container | undefined =>
  manifests.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === name)?.spec.template.spec
    .containers[0];

/** The words of an instruction in JSON form, in the stage with this name. */
function commandOf(stage: string): string[] {
  const [, text = ''] = DOCKERFILE.split(`AS ${stage}\n`);
  return JSON.parse(/^CMD (\[.*\])$/m.exec(text)?.[1] ?? '[]') as string[];
}

/** The variables that the application reads. */
const READ = [...APP.matchAll(/env\['(\w+)'\]/g)].map(([, name]) => name).sort();

class App implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ports: Promise<{ readonly service: number; readonly platform: number }>;
  readonly exit: Promise<unknown[]>;

  constructor({ sessionOptions }: AvatarEmulator, env: NodeJS.ProcessEnv = {}) {
    const { appId, apiKey, avatarId, consoleEndpointUrl, ingressEndpointUrl } = sessionOptions;
    this.#child = spawn(process.execPath, [`${FOLDER}/app.mjs`], {
      cwd: PROJECT,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        ...{ PORT: '0', PLATFORM_PORT: '0', REDIS_URL: undefined },
        ...{ AVATARKIT_APP_ID: appId, AVATARKIT_API_KEY: apiKey, AVATARKIT_AVATAR_ID: avatarId },
        ...{ AVATARKIT_CONSOLE_URL: consoleEndpointUrl, AVATARKIT_INGRESS_URL: ingressEndpointUrl },
        ...env,
      },
    });
    this.exit = once(this.#child, 'exit');
    this.#ports = this.#readPorts();
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

  async speak(audio: Uint8Array<ArrayBuffer>): Promise<Response> {
    const { service } = await this.#ports;
    return fetch(`http://${LOOPBACK}:${service}/speak`, { method: 'POST', body: audio });
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
  it('answers with keyframes, is drained before the signal, and leaves no session', async () => {
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
      // Its session is free, and keeps its lease: the other replica gets in when it ends.
      app.signal();
      expect(await app.exit).toEqual([0, null]);
    }
    expect(emulator.peakOpenSockets).toBe(1);
  });

  it('answers a WAV file with its header by the code of the failure, however much of it comes', async () => {
    await using emulator = await AvatarEmulator.start();
    await using app = new App(emulator);
    for (const lengthBytes of [3_200, 2_000_000]) {
      const answer = await app.speak(Buffer.from('RIFF----WAVEfmt '.padEnd(lengthBytes)));
      expect([answer.status, await answer.json()]).toEqual([503, { error: 'invalidRequest' }]);
    }
  });

  it('reports the code of a failure', async () => {
    await using emulator = await AvatarEmulator.start({
      faults: [{ kind: 'refuse', phase: 'token', status: 402, body: '{}' }],
    });
    await using app = new App(emulator);
    const answer = await app.speak(new Uint8Array(3_200));
    expect([answer.status, await answer.json()]).toEqual([503, { error: 'billingRequired' }]);
  });
});

describe('the Dockerfile', () => {
  it('copies what exists, and packs what npm start builds', () => {
    const copied = [...DOCKERFILE.matchAll(/^COPY (?!--from)(\S+) \S+$/gm)].map(([, file = '']) => file);
    expect(copied.filter((file) => !existsSync(`${PROJECT}/${file}`))).toEqual([]);
    expect(DOCKERFILE).toContain('npm ci --ignore-scripts && npm run build && npm pack');
  });

  it('starts an emulator that clients reach by its name only', async () => {
    const [program = '', ...words] = commandOf('emulator');
    expect(program).toBe('node_modules/.bin/avatarkit-session');
    const port = words.indexOf('--port') + 1;
    expect(DOCKERFILE).toContain(`EXPOSE ${words[port] ?? ''}\n`);
    const child = spawn(process.execPath, ['dist/cli/main.js', ...words.with(port, '0'), '--log', 'jsonl'], {
      cwd: PROJECT,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    const { consoleEndpointUrl, apiKey } = JSON.parse(line) as Record<string, string>;
    const statusAs = (host: string): string =>
      execFileSync('node', ['-e', ASK, String(consoleEndpointUrl), String(apiKey), host], {
        encoding: 'utf8',
      });
    expect([statusAs('emulator:8080'), statusAs('elsewhere:8080')]).toEqual(['200', '403']);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

const ASK = `
const { request } = require('node:http');
const [, url, apiKey, host] = process.argv;
request(url + '/session-tokens', { method: 'POST', headers: { 'X-Api-Key': apiKey, Host: host } }, ({ statusCode }) =>
  process.stdout.write(String(statusCode), () => process.exit())).end(JSON.stringify({ expireAt: Date.now() / 1000 + 600 | 0 }));`;

describe('the compose file and the Kubernetes manifests', () => {
  it('give the application the variables that it reads, and the ports that it has by default', () => {
    const given = containerOf('avatar-app')?.env?.map(({ name }) => name);
    const byDefault = ['PLATFORM_PORT', 'PORT'];
    expect(Object.keys(compose.services['app']?.environment ?? {}).sort()).toEqual(
      READ.filter((name = '') => !byDefault.includes(name)),
    );
    expect(given?.sort()).toEqual(READ.filter((name = '') => !byDefault.includes(name)));
    expect(containerOf('avatar-app')?.ports.map(({ containerPort }) => containerPort)).toEqual(
      [...APP.matchAll(/PORT'\] \?\? (\d+)/g)].map(([, port]) => Number(port)),
    );
  });

  it('build stages that the Dockerfile has', () => {
    for (const { build } of Object.values(compose.services))
      if (build !== undefined) expect(DOCKERFILE).toMatch(new RegExp(` AS ${build.target}$`, 'm'));
  });

  it('probe and drain paths that the application answers, on its port for the platform', () => {
    const app = JSON.stringify(containerOf('avatar-app'));
    const asked = [...app.matchAll(/"path":"(\/\w+)","port":"platform"/g)].map(([, path]) => path);
    expect(asked).toEqual(['/livez', '/readyz', '/drain']);
    expect(asked.filter((path = '') => !APP.includes(`url === '${path}'`))).toEqual([]);
  });

  it('lead each service to a port of a container with that name', () => {
    for (const { kind, metadata, spec } of manifests.filter((manifest) => manifest.kind === 'Service')) {
      const names = containerOf(metadata.name)?.ports.map(({ name }) => name);
      expect(names, `${kind} ${metadata.name}`).toContain(spec.ports[0]?.targetPort);
    }
  });
});
