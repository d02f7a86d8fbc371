/**
 * Memory does not grow with the number of utterances. It is measured in a separate process, after full garbage
 * collections.
 */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import type { Fault } from '../../src/emulator/index.js';
import { Child } from './scenario-support/child.js';

/**
 * The largest accepted difference between the two measurements. It is far below the 6.4 MB of audio, and the frames, that
 * are sent between them, and above the changes that compiled code causes: about 160 KiB here, and 430 KiB between the five
 * hundredth utterance and the thousandth.
 */
const FLAT_BYTES = 512 * 1024;

describe('two thousand utterances', () => {
  it('leave no more memory in use than one thousand', { timeout: 90_000 }, async () => {
    const faults: Fault[] = [
      { kind: 'reset', phase: 'runtime', times: 'always', afterKeyframes: [50, 250] },
      { kind: 'duplicateEnd', phase: 'runtime', times: 'always', probability: 0.3 },
    ];
    await using service = await AvatarEmulator.start({ faults, maxLogEntries: 1_000 });
    const { exitCode, stdout, stderr } = await new Child('two-thousand.mjs', service, '').ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const { used, reconnects, frames } = JSON.parse(stdout) as {
      used: [number, number];
      reconnects: number;
      frames: number;
    };
    expect(reconnects).toBeGreaterThan(20);
    expect(frames).toBeGreaterThan(5_000);
    expect(used[1] - used[0]).toBeLessThan(FLAT_BYTES);
    expect(service.peakOpenSockets).toBe(1);
  });
});

describe('sessions that were closed', () => {
  it.each(['at once', 'drained'])('%s, are collected when nothing references them', async (how) => {
    await using service = await AvatarEmulator.start();
    const { exitCode, stdout, stderr } = await new Child('closes-many.mjs', service, how).ended;
    expect({ exitCode, stderr, left: stdout }).toEqual({ exitCode: 0, stderr: '', left: '0' });
  });
});
