/** The container example: its files agree about ports, names, times and commands. No image is built. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { PROJECT, readSource } from '../source-imports.js';

const FOLDER = 'examples/container';
const DOCKERFILE = readSource(`${FOLDER}/Dockerfile`);
const APP = readSource(`${FOLDER}/app.mjs`);

interface Container {
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
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
    Record<
      string,
      {
        readonly environment?: Readonly<Record<string, string>>;
        readonly build?: { readonly target: string };
        readonly stop_grace_period?: string;
      }
    >
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

/** The arguments of an instruction in JSON form, in the stage with this name. */
function commandOf(stage: string): string[] {
  const [, text = ''] = DOCKERFILE.split(`AS ${stage}\n`);
  return JSON.parse(/^CMD (\[.*\])$/m.exec(text)?.[1] ?? '[]') as string[];
}

/** The variables that the application reads. */
const READ = [...new Set([...APP.matchAll(/env\['(\w+)'\]/g)].map(([, name]) => name))].sort();

describe('the Dockerfile', () => {
  it('copies existing files, and packs the build of npm start', () => {
    const copied = [...DOCKERFILE.matchAll(/^COPY (?!--from)(\S+) \S+$/gm)].map(([, file = '']) => file);
    expect(copied.filter((file) => !existsSync(`${PROJECT}/${file}`))).toEqual([]);
    expect(DOCKERFILE).toContain('npm ci --ignore-scripts && npm run build && npm pack');
  });

  it('starts an emulator that clients can reach only by its name', async () => {
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

  it('wait for longer than the longest drain before they kill', () => {
    const manifest = manifests.find(({ metadata }) => metadata.name === 'avatar-app')?.spec.template.spec;
    const app = compose.services['app'];
    const drainMs = [
      Number(app?.environment?.['DRAIN_MS']),
      Number(containerOf('avatar-app')?.env?.find(({ name }) => name === 'DRAIN_MS')?.value),
    ];
    const graceMs = [parseInt(app?.stop_grace_period ?? '', 10), manifest?.terminationGracePeriodSeconds];
    expect([drainMs, graceMs]).toEqual([
      [40_000, 40_000],
      [60, 60],
    ]);
    expect(APP).toContain("env['DRAIN_MS'] ?? 40_000");
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

  it('connect each service to a port of a container with that name', () => {
    for (const { kind, metadata, spec } of manifests.filter((manifest) => manifest.kind === 'Service')) {
      const names = containerOf(metadata.name)?.ports.map(({ name }) => name);
      expect(names, `${kind} ${metadata.name}`).toContain(spec.ports[0]?.targetPort);
    }
  });
});
