/**
 * The effect of `closeOnExit` when a process ends. Each case runs in its own process, which speaks in real
 * time.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { Child } from './scenario-support/child.js';
import type { Ended } from './scenario-support/child.js';

const bySignal = (signal: NodeJS.Signals): Partial<Ended> => ({ exitCode: null, exitSignal: signal });
const byItself: Partial<Ended> = { exitCode: 0, exitSignal: null };
const DRAIN = { drain: true, timeoutMs: 9_000 };

const ENDS: readonly [title: string, detail: object, stdout: string, ended: Partial<Ended>][] = [
  ['SIGTERM', { closeOnExit: true }, 'cut: failed\nclosed\n', bySignal('SIGTERM')],
  ['SIGINT', { closeOnExit: true, signal: 'SIGINT' }, 'cut: failed\nclosed\n', bySignal('SIGINT')],
  ['a drain', { closeOnExit: DRAIN }, 'delivered\nclosed\n', bySignal('SIGTERM')],
  [
    'a drain that takes too long',
    // A tenth of the time is reserved for the close, which is enough on a busy machine.
    { closeOnExit: { drain: true, timeoutMs: 3_000 }, speaksMs: 12_000 },
    'cut: failed\nclosed\n',
    bySignal('SIGTERM'),
  ],
  [
    'a drain by the application, which begins shortly after the signal',
    { closeOnExit: true, ownDrainAfterMs: 20 },
    'delivered\nclosed\n',
    byItself,
  ],
  [
    'a drain by the application that takes longer than the limit of closeOnExit',
    { closeOnExit: { drain: true, timeoutMs: 200 }, ownDrainAfterMs: 20 },
    'delivered\nclosed\n',
    byItself,
  ],
  [
    'a drain by the application, which begins long after the signal',
    { closeOnExit: true, ownDrainAfterMs: 1_500, speaksMs: 3_000 },
    'delivered\nclosed\n',
    byItself,
  ],
  [
    'an application that first stops its server, for seconds, and then drains and exits',
    { closeOnExit: true, server: true, ownDrainAfterMs: 1_200, speaksMs: 2_000 },
    'delivered\nclosed\n',
    { exitCode: 7, exitSignal: null },
  ],
  [
    'an application that first stops its server, and speaks again meanwhile',
    { closeOnExit: true, server: true, ownDrainAfterMs: 1_800, speaksMs: 500, saysAgainAfterMs: 900 },
    'delivered\nsaid again\nclosed\n',
    { exitCode: 7, exitSignal: null },
  ],
  [
    'a listener of the application that closes nothing: the session is closed after its utterances',
    { closeOnExit: true, ownListener: true, speaksMs: 500 },
    'own listener\ndelivered\nclosed\n',
    byItself,
  ],
  [
    'a listener of the application that closes nothing, and utterances longer than the limit',
    { closeOnExit: { timeoutMs: 3_000 }, ownListener: true, speaksMs: 12_000 },
    'own listener\ncut: failed\nclosed\n',
    byItself,
  ],
  [
    'a drain by the application that has begun before',
    { closeOnExit: { timeoutMs: 100 }, ownDrainBefore: true },
    'delivered\nclosed\n',
    bySignal('SIGTERM'),
  ],
  [
    'a second signal, for a session that was opened after the first',
    { closeOnExit: { timeoutMs: 3_000 }, reopens: true, speaksMs: 12_000 },
    'own listener\ncut: failed\nclosed\nown listener\nclosed\n',
    byItself,
  ],
];

describe.concurrent('closeOnExit', () => {
  it.each(ENDS)('%s', async (_title, detail, stdout, ended) => {
    await using service = await AvatarEmulator.start({ pace: 'realtime' });
    const child = new Child('exits.mjs', service, JSON.stringify(detail));
    expect(await child.ended).toMatchObject({ ...ended, stdout, stderr: '' });
    await service.waitFor(({ event }) => event === 'closed');
    expect(service.log.findLast(({ event }) => event === 'closed')).toMatchObject({
      by: 'client',
      code: 1000,
    });
  });

  it.each(['main', 'worker'])(
    'process.exit() in the thread "%s" still closes the connection with a close frame',
    async (exits) => {
      await using service = await AvatarEmulator.start({ pace: 'realtime' });
      const child = new Child('exits.mjs', service, JSON.stringify({ closeOnExit: true, exits }));
      expect(await child.ended).toMatchObject({ exitCode: exits === 'main' ? 3 : 0, stderr: '' });
      await service.waitFor(({ event }) => event === 'closed');
      expect(service.log.findLast(({ event }) => event === 'closed')).toMatchObject({
        by: 'client',
        code: 1000,
      });
    },
  );
});

/** A process in its own namespace is process 1 there, as in a container. */
const AS_PID_1 = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--mount-proc'];
const [command = '', ...rest] = AS_PID_1;
const canUnshare = spawnSync(command, [...rest, 'true']).status === 0;
if (!canUnshare) process.stdout.write('skipped: closeOnExit as process 1 (no unshare here)\n');

describe.skipIf(!canUnshare)('closeOnExit as process 1', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ])('%s ends the process with %i', async (signal, exitCode) => {
    await using service = await AvatarEmulator.start({ pace: 'realtime' });
    const detail = JSON.stringify({ closeOnExit: DRAIN, signal });
    const child = new Child('exits.mjs', service, detail, AS_PID_1);
    expect(await child.ended).toMatchObject({ exitCode, stdout: 'delivered\nclosed\n', stderr: '' });
  });
});
