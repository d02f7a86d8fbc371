/** The memory for re-sends that the sessions of a process share: tenants, bounds and errors. In virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../../src/index.js';
import { finish, VirtualProcess } from './virtual-process.js';

// Sessions that a test leaves open would use shared memory in the next test.
afterEach(() => AvatarSession.closeAll());

const KIB = 1024;
const bytes = (count: number): Uint8Array => new Uint8Array(count);
const tenantA = (): string => 'token of a';

describe('a tenant whose service never answers', () => {
  const replay = { maxBytes: 32 * KIB, maxProcessBytes: 64 * KIB } as const;

  it('uses only its part: others continue to speak, for any number of its waiting writes', async () => {
    const process = new VirtualProcess();
    for (let nth = 0; nth < 6; nth += 1) {
      const { session } = await process.started({ replay, tokenProvider: tenantA });
      for (let write = 0; write < 3; write += 1) void session.speak(bytes(14 * KIB));
    }
    const other = await process.started({ replay });
    for (let sentence = 0; sentence < 5; sentence += 1) {
      const utterance = other.session.speak();
      expect(await process.stateOf(utterance.end(bytes(4 * KIB)))).toBe('done');
      finish(other, utterance);
      expect(await process.stateOf(utterance.finished)).toBe('done');
    }
    expect(other.retries).toEqual([]);
  });

  it('does not prevent others from speaking, also when each of its sessions has its own provider', async () => {
    const process = new VirtualProcess();
    for (let nth = 0; nth < 12; nth += 1) {
      const { session } = await process.started({ replay });
      void session.speak(bytes(8 * KIB));
    }
    const other = await process.started({ replay });
    expect(await process.stateOf(other.session.speak().end(bytes(3 * KIB)))).toBe('done');
  });
});

describe('the bound of the process', () => {
  it('includes only sessions with the same bound', async () => {
    const process = new VirtualProcess();
    const large = await process.started({ replay: { maxProcessBytes: 64 * KIB } });
    const endless = await process.started({ replay: { maxProcessBytes: Number.MAX_SAFE_INTEGER } });
    const small = await process.started({ replay: { maxProcessBytes: 8 * KIB, onLimit: 'fail' } });
    await large.session.speak().write(bytes(50 * KIB));
    await endless.session.speak().write(bytes(500 * KIB));
    expect(await process.stateOf(small.session.speak().write(bytes(6 * KIB)))).toBe('done');
    const refused = await process.stateOf(small.session.speak().write(bytes(6 * KIB)));
    expect(refused).toMatchObject({ code: 'invalidRequest' });
  });

  it('is named by the error, with its size and the use by other sessions', async () => {
    const process = new VirtualProcess();
    const replay = { maxProcessBytes: 16 * KIB } as const;
    const first = await process.started({ replay });
    await first.session.speak().write(bytes(10 * KIB));
    const second = await process.started({ replay: { ...replay, onLimit: 'fail' } });
    const refused = await process.stateOf(second.session.speak().write(bytes(8 * KIB)));
    const message = (refused as Error).message;
    expect(message).toContain('replay.maxProcessBytes (16384 bytes), of which others keep 10240 bytes');
    expect(message).toContain("replay.onLimit to 'stopReplaying'");
  });

  it('with `stopReplaying` sends a write without keeping it', async () => {
    const process = new VirtualProcess();
    const first = await process.started({ replay: { maxProcessBytes: 16 * KIB } });
    await first.session.speak().write(bytes(14 * KIB));
    const replay = { maxProcessBytes: 16 * KIB, onLimit: 'stopReplaying' } as const;
    const second = await process.started({ replay });
    const utterance = second.session.speak();
    for (let nth = 0; nth < 5; nth += 1) await utterance.write(bytes(4 * KIB));
    await utterance.end();
    finish(second, utterance);
    expect(await process.stateOf(utterance.finished)).toBe('done');
  });

  it('is reported when a write has to wait for it: by an event, and in the history of the session', async () => {
    const process = new VirtualProcess();
    const replay = { maxProcessBytes: 16 * KIB } as const;
    const first = await process.started({ replay });
    const begun = first.session.speak();
    await begun.end(bytes(14 * KIB));
    const second = await process.started({ replay });
    const utterance = second.session.speak(bytes(8 * KIB));
    await process.clock.settle();
    expect(second.retries).toHaveLength(1);
    expect(second.retries[0]).toMatchObject({ source: 'memory', attempt: 1, delayMs: 0 });
    expect(second.retries[0]?.error).toMatchObject({ willRetry: true, reqId: utterance.reqId });
    expect(second.session.explain().at(-1)).toMatchObject({ kind: 'retry', source: 'memory' });
    finish(first, begun);
    await process.clock.settle();
    finish(second, utterance);
    expect(await process.stateOf(utterance.finished)).toBe('done');
    expect([second.retries.length, second.errors.length]).toEqual([1, 0]);
  });

  it('refuses an utterance at once that is larger than the bound', async () => {
    const process = new VirtualProcess();
    const { session } = await process.started({ replay: { maxProcessBytes: 16 * KIB } });
    const refused = await process.stateOf(session.speak(bytes(15 * KIB)).finished);
    expect((refused as Error).message).toContain('replay.maxProcessBytes (14336 of 16384 bytes');
  });
});
