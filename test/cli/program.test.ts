/**
 * The built program as a child process: behaviour that can't be tested within this process. `npm test` builds
 * it before the tests.
 */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { runCommand } from './fake-terminal.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SPEECH = 'examples/audio/speech.wav';

const children: ChildProcessByStdio<null, Readable, Readable>[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

interface Program {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly out: () => string;
  readonly complaints: () => string;
  readonly exited: Promise<number | null>;
}

function program(...args: string[]): Program {
  const child = spawn(process.execPath, ['dist/cli/main.js', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, AVATARKIT_API_KEY: '' },
  });
  children.push(child);
  let out = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return { child, out: () => out, complaints: () => complaints, exited };
}

describe('the program', () => {
  it(
    'survives the five faults of the demonstration in real time, in under 30 seconds',
    { timeout: 60_000 },
    async () => {
      const demo = program('say', SPEECH, '--faults', 'demo', '--seed', '1');
      expect(await demo.exited).toBe(0);
      const lines = demo.out().trimEnd().split('\n');
      expect(lines.at(-1)).toBe('keyframes 229/229 · lost 0 · duplicated 0 · reconnects 3 · open sockets 0');
      const found = lines.flatMap((line) => /fault: (.*)$/.exec(line)?.[1] ?? []);
      expect(found).toEqual([
        'refuse (token)',
        'reset (upgrade)',
        'reset (runtime)',
        'close (runtime)',
        'silence (runtime)',
      ]);
      const failures = lines.flatMap((line) => /(\w+ at step \w+):/.exec(line)?.[1] ?? []);
      expect(failures).toEqual([
        'upstreamError at step request',
        'connectionFailed at step upgrade',
        'connectionClosed at step close',
        'upstreamError at step close',
        'connectionClosed at step heartbeat',
      ]);
      expect(demo.out()).toMatch(/attempt 2, 1\.\d s as the service asked for 1\.0 s/);
      expect(Number(lines.at(-2)?.trim().split(' ')[0])).toBeLessThan(30);
      expect(demo.complaints()).toBe('');
    },
  );

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'emulate serves until %s, and ends with exit code 0',
    async (signal) => {
      const service = program('emulate', '--verbose');
      await expect.poll(service.out, { timeout: 10_000 }).toContain('Ctrl-C');
      const url = (name: string): string =>
        new RegExp(`^${name} +(\\S+)$`, 'm').exec(service.out())?.[1] ?? '';
      const key = /^API key +(\S+)$/m.exec(service.out())?.[1] ?? '';
      const said = await runCommand(
        [
          'say',
          SPEECH,
          '--speed',
          '50',
          '--console-url',
          url('console'),
          '--ingress-url',
          url('ingress'),
          '--app-id',
          url('app id'),
          '--avatar-id',
          url('avatar id'),
        ],
        { AVATARKIT_API_KEY: key },
      );
      expect(said.exitCode).toBe(0);
      await expect.poll(service.out).toMatch(/^ +\d+\.\d{3} s {2}#1 closed by=client code=1000/m);
      service.child.kill(signal);
      expect(await service.exited).toBe(0);
      expect(service.complaints()).toBe('');
    },
  );

  it('emulate on a port in use: one line, exit code 2', async () => {
    const first = program('emulate');
    await expect.poll(first.out, { timeout: 10_000 }).toContain('Ctrl-C');
    const port = /:(\d+)\/v1/.exec(first.out())?.[1] ?? '';
    const { exitCode, complaints } = await runCommand(['emulate', '--port', port]);
    expect(complaints).toEqual([`avatarkit-session: --port ${port} is taken`]);
    expect(exitCode).toBe(2);
  });

  it('wrong input: exit code 2 and one line on standard error, no stack', async () => {
    const wrong = program('say', 'no-such.wav');
    expect(await wrong.exited).toBe(2);
    expect(wrong.complaints()).toBe('avatarkit-session: no-such.wav: no such file\n');
    expect(wrong.out()).toBe('');
  });

  it('prints no error when the reader of its output closes it', async () => {
    const policy = program('say', SPEECH, '--speed', '50');
    policy.child.stdout.destroy();
    await policy.exited;
    expect(policy.complaints()).toBe('');
  });
});
