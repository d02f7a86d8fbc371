/**
 * The end of a process, and sessions that are garbage collected without a close. Each case runs in its own process.
 */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { Child } from './scenario-support/child.js';

/** Resolves when both sessions of the child process are confirmed. */
async function bothUp(service: AvatarEmulator): Promise<void> {
  let confirmed = 0;
  await service.waitFor(({ event }) => event === 'confirmed' && ++confirmed === 2, { timeoutMs: 15_000 });
}
const closes = (service: AvatarEmulator): unknown[] =>
  service.log.flatMap((entry) => (entry.event === 'closed' ? [[entry.by, entry.code]] : []));
const allClosed = (service: AvatarEmulator): Promise<unknown> => {
  let closed = 0;
  return service.waitFor(({ event }) => event === 'closed' && ++closed === 2);
};

const ENDS: readonly [how: string, stdout: string, ended: object, codes: readonly number[]][] = [
  ['closeOnExit', 'closed\nclosed\n', { exitCode: null, exitSignal: 'SIGTERM' }, [1000, 1000]],
  ['not asked for', '', { exitCode: null, exitSignal: 'SIGTERM' }, [1006, 1006]],
  [
    'own listener',
    'own listener\nclosed\nclosed\nown end\n',
    { exitCode: 7, exitSignal: null },
    [1000, 1000],
  ],
];

describe.concurrent('SIGTERM', () => {
  it.each(ENDS)(
    '%s: the expected output is printed, and the process and the sockets end as expected',
    async (how, stdout, ended, codes) => {
      await using service = await AvatarEmulator.start();
      const child = new Child('deploys.mjs', service, how);
      await Promise.race([bothUp(service), child.ended]);
      await child.said('ready');
      child.terminate();
      expect(await child.ended).toMatchObject({ ...ended, stdout, stderr: '' });
      await allClosed(service);
      expect(closes(service)).toEqual(codes.map((code) => ['client', code]));
    },
  );

  it('ends a process that opens a new session for each closed one', async () => {
    await using service = await AvatarEmulator.start();
    const child = new Child('deploys.mjs', service, 'respawns');
    await Promise.race([bothUp(service), child.ended]);
    await child.said('ready');
    child.terminate();
    expect(await child.ended).toMatchObject({ exitCode: null, exitSignal: 'SIGTERM' });
  });
});

describe.concurrent('closeAll()', () => {
  it('closes every open session; the process ends by itself', async () => {
    await using service = await AvatarEmulator.start();
    const { exitCode, stdout, stderr } = await new Child('deploys.mjs', service, 'closeAll').ended;
    expect({ exitCode, stdout, stderr }).toEqual({
      exitCode: 0,
      stdout: 'closed\nclosed\nclosed all\n',
      stderr: '',
    });
    // The service can detect the end of the last socket after the end of the process.
    await allClosed(service);
    expect(closes(service)).toEqual([
      ['client', 1000],
      ['client', 1000],
    ]);
  });
});

describe.concurrent('a session without references', () => {
  it.each([
    ['let go of', 1],
    ['held', 0],
    ['closed', 0],
    ['draining', 0],
  ])('%s: %i warnings', async (how, expected) => {
    await using service = await AvatarEmulator.start();
    const { exitCode, stdout } = await new Child('forgets.mjs', service, how).ended;
    expect(exitCode).toBe(0);
    const { connectionId, warnings } = JSON.parse(stdout) as { connectionId: string; warnings: string[] };
    expect(warnings).toHaveLength(expected);
    for (const warning of warnings) {
      expect(warning).toMatch(/^AvatarKitForgottenSessionWarning: .*garbage collected while open/);
      expect(warning).toContain(connectionId);
    }
  });

  it('causes one warning if it cannot connect: that of the failure', async () => {
    await using service = await AvatarEmulator.start();
    const { stdout } = await new Child('forgets.mjs', service, 'failing').ended;
    const { warnings } = JSON.parse(stdout) as { warnings: string[] };
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^AvatarKitUnheardFailureWarning: /);
  });
});
