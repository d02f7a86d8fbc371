/** One session is restarted hundreds of times, in its own process, over real sockets. */
import { expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { Child } from './scenario-support/child.js';

it('hundreds of restarts leave no memory, no timer and no listener', { timeout: 90_000 }, async () => {
  await using service = await AvatarEmulator.start({
    faults: [{ kind: 'close', phase: 'runtime', times: 1_000, afterKeyframes: 1, code: 4002 }],
  });
  const { stdout, stderr } = await new Child('restarts.mjs', service, '').ended;
  expect(stderr).toBe('');
  const report = JSON.parse(stdout) as { readonly bytesOfALife: number };
  expect(report).toMatchObject({ lives: 801, timers: 0, listeners: 0 });
  // A failed session with the audio of its utterance takes about ten thousand bytes.
  expect(report.bytesOfALife).toBeLessThan(100);
});
