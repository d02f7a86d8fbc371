/** Optional packages that an entry needs, when they are not installed. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPeer } from '../../../src/adapters/node/peer-package.js';
import { PROJECT } from '../../source-imports.js';

describe('a package that is missing', () => {
  it('is named in the error, with the entry that needs it and the command that installs it', async () => {
    const cause = new Error('Cannot find package');
    const load = (): Promise<never> => Promise.reject(cause);
    await expect(loadPeer({ entry: 'avatarkit-session/x', name: 'peer' }, load)).rejects.toMatchObject({
      message: 'avatarkit-session/x needs the package peer: npm install peer',
      cause,
    });
    const both = { entry: 'avatarkit-session/x', name: 'peer', install: 'peer other' };
    await expect(loadPeer(both, load)).rejects.toThrow('npm install peer other');
  });
});

describe('the installed package without its optional peers', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'peers-'));
    const modules = join(folder, 'node_modules');
    mkdirSync(join(modules, 'avatarkit-session'), { recursive: true });
    cpSync(join(PROJECT, 'dist'), join(modules, 'avatarkit-session/dist'), { recursive: true });
    cpSync(join(PROJECT, 'package.json'), join(modules, 'avatarkit-session/package.json'));
    for (const name of ['eventemitter3', 'p-retry', 'protobufjs', 'ws', 'is-network-error', 'long'])
      symlinkSync(join(PROJECT, 'node_modules', name), join(modules, name));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['opentelemetry', '@opentelemetry/api', '@opentelemetry/api'],
    ['livekit', '@livekit/agents', '@livekit/agents livekit-server-sdk'],
  ])(
    'is refused at the import of %s, with the command that installs what is missing',
    (entry, name, install) => {
      const program = `import('avatarkit-session/${entry}').catch((error) => console.log(error.message));`;
      const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(stdout.trim()).toBe(
        `avatarkit-session/${entry} needs the package ${name}: npm install ${install}`,
      );
    },
  );

  it('is refused at require() with the same message', () => {
    const program = `try { require('avatarkit-session/opentelemetry'); } catch (error) { console.log(error.message); }`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=commonjs', '-e', program], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stdout.trim()).toBe(
      'avatarkit-session/opentelemetry needs the package @opentelemetry/api: npm install @opentelemetry/api',
    );
  });
});

describe('avatarkit-session/opentelemetry', () => {
  it('can be loaded with require(), and uses the same OpenTelemetry API as the application', () => {
    const program = `
      const { trace } = require('@opentelemetry/api');
      const { instrument } = require('avatarkit-session/opentelemetry');
      let names = [];
      trace.setGlobalTracerProvider({ getTracer: (name) => (names.push(name), {}) });
      instrument()();
      console.log(names.join());`;
    const { stdout } = spawnSync(
      process.execPath,
      ['--no-warnings', '--input-type=commonjs', '-e', program],
      {
        cwd: PROJECT,
        encoding: 'utf8',
      },
    );
    expect(stdout.trim()).toBe('avatarkit-session');
  });
});
