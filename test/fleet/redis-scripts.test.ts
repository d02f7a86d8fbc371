/**
 * The scripts decide in the same way as the pure rules: both get the same random history, with the times
 * given. Skipped without a redis-server.
 */
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSeededRandom } from '../../src/index.js';
import { DialLine } from '../../src/core/fleet/dial-line.js';
import { DIAL, PUBLISH, SERVER_TIME } from '../../src/fleet/redis-scripts.js';
import { REDIS_SERVER, RedisServer } from './redis-server.mjs';

const TTL_MS = 3_000;
/** Replaces the time of the server by the last argument. */
const given = (text: string): string => text.replace(SERVER_TIME, 'local now = tonumber(ARGV[#ARGV])');

describe.skipIf(REDIS_SERVER === undefined)('the scripts of dials', () => {
  let server: RedisServer;
  const connect = (port: number) => createClient({ url: `redis://127.0.0.1:${port}` }).connect();
  let client: Awaited<ReturnType<typeof connect>>;
  beforeAll(async () => {
    server = await RedisServer.start();
    client = await connect(server.port);
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('decide as DialLine does, seed %i', async (seed) => {
    await client.flushAll();
    const random = createSeededRandom(seed);
    const pick = <T>(of: readonly T[]): T => of[Math.floor(random.next() * of.length)] as T;
    const intervalMs = pick([0, 50, 333.25]);
    const line = new DialLine({ intervalMs, claimMs: TTL_MS });
    const keys = ['{e}:leases:a', '{e}:workers', '{e}:line', '{e}:queue:a', '{e}:asked:a'];
    const seen = new Map<string, number>();
    const slots = new Map<string, number>();
    let nowMs = 1_700_000_000_000;
    for (let step = 0; step < 300; step += 1) {
      nowMs += pick([0, 1, 20, 120, 250, 700, 2_000, pick([1, 61_000])]);
      const sessionId = pick(['s1', 's2', 's3', 's4', 's5', 's6']);
      const worker = pick(['w1', 'w2', 'w3']);
      const account = pick(['a', 'b']);
      for (const [name, untilMs] of seen) if (untilMs <= nowMs) seen.delete(name);
      seen.set(worker, nowMs + TTL_MS);
      const asker = { sessionId, worker, workers: seen.size };
      const base = [sessionId, worker, `${TTL_MS}`, account];
      const run = (text: string, more: string[]): Promise<unknown> =>
        client.eval(given(text), { keys, arguments: [...base, ...more, `${nowMs}`] });
      if (random.next() < 0.6) {
        const slotMs = slots.get(sessionId);
        const expected = line.ask(asker, account, slotMs, nowMs);
        const [cause, waitMs, spreadMs, slot] = (await run(DIAL.text, [
          `${intervalMs}`,
          `${slotMs ?? ''}`,
        ])) as string[];
        const answer = {
          cause: cause === 'probe' ? '' : cause,
          waitMs: Number(waitMs),
          spreadMs: Number(spreadMs),
          slotMs: slot === '' ? undefined : Number(slot),
        };
        expect(answer, `step ${step}`).toEqual({
          cause: expected.cause ?? '',
          waitMs: expect.closeTo(expected.waitMs, 2) as number,
          spreadMs: expect.closeTo(expected.spreadMs, 2) as number,
          slotMs: expected.slotMs === undefined ? undefined : (expect.closeTo(expected.slotMs, 2) as number),
        });
        slots.delete(sessionId);
        if (expected.slotMs !== undefined) slots.set(sessionId, Math.round(expected.slotMs * 1_000) / 1_000);
        continue;
      }
      const kind = pick([
        'answered',
        'unreachable',
        'unreachable',
        'unreachable',
        'left',
        'endpointHint',
        'accountHint',
      ]);
      await run(PUBLISH.text, [kind, '900']);
      if (kind === 'answered') line.answered();
      else if (kind === 'unreachable') line.unreachable(asker, nowMs);
      else if (kind === 'left') line.left(sessionId);
      else line.hinted(kind === 'accountHint' ? account : undefined, nowMs + 900);
    }
  });
});
