/** A session that has ended, in any state, does not keep its process alive. Each case runs in its own process. */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import type { Fault, LogEntry } from '../../src/emulator/index.js';
import { Child } from './scenario-support/child.js';
import { waitFor } from '../support/wait-for.js';

const SOON_MS = 1_500;
const fired = ({ event }: LogEntry): boolean => event === 'faultFired';

const ENDS: readonly [
  how: string,
  faults: readonly Fault[],
  reached: ((entry: LogEntry) => boolean) | undefined,
][] = [
  ['idle', [], undefined],
  ['token hanging', [{ kind: 'hang', phase: 'token' }], fired],
  ['upgrade hanging', [{ kind: 'hang', phase: 'upgrade' }], fired],
  ['handshake hanging', [{ kind: 'hang', phase: 'handshake' }], fired],
  ['at runtime', [], ({ event }) => event === 'confirmed'],
  ['speaking', [], ({ event }) => event === 'audio'],
  ['fallen silent', [{ kind: 'silence', phase: 'runtime' }], fired],
  [
    'waiting 60 s',
    [{ kind: 'refuse', phase: 'token', status: 503, headers: { 'Retry-After': '60' } }],
    fired,
  ],
  [
    'fatal',
    [{ kind: 'close', phase: 'runtime', code: 4001, reason: 'Credits exhausted' }],
    ({ event }) => event === 'closed',
  ],
  ['aborted', [{ kind: 'hang', phase: 'handshake' }], fired],
];

describe('the process', () => {
  it.concurrent.each(ENDS)('exits by itself after the end of a session: %s', async (how, faults, reached) => {
    await using service = await AvatarEmulator.start({ faults });
    const child = new Child('exits-by-itself.mjs', service, how);
    // If the child process ends early, the wait ends, too, and its output shows the reason.
    if (reached !== undefined)
      await Promise.race([service.waitFor(reached, { timeoutMs: 15_000 }), child.ended]);
    child.goOn();
    const { exitCode, stdout, stderr } = await child.ended;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^\d+$/);
    expect(Number(stdout)).toBeLessThan(SOON_MS);
    // The end of the child process and that of its socket are reported independently, in any order.
    await waitFor(() => expect(service.openSockets).toBe(0));
  });
});
