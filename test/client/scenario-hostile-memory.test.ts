/**
 * The memory for hostile texts, in a session and in an application that keeps every error, is a small multiple
 * of their bytes.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { HOSTILE_PIECES, NEAR_MATCHES, repeated } from '../core/redaction/hostile-texts.js';

const SCRIPT = join(import.meta.dirname, 'scenario-support/hostile-memory.mjs');
const MOST_PER_BYTE = 8;

interface Result {
  readonly receivedBytes: number;
  readonly keptBytes: number;
  readonly events: number;
}

it('hostile texts take at most eight times their bytes', { timeout: 240_000 }, async () => {
  const pieces = [...HOSTILE_PIECES, ...NEAR_MATCHES.filter((_, at) => at % 4 === 0)];
  const child = fork(SCRIPT, { execArgv: ['--expose-gc'] });
  child.send(pieces.map(repeated));
  const [results] = (await once(child, 'message')) as [readonly Result[]];
  const dear = results.flatMap(({ receivedBytes, keptBytes }, at) =>
    keptBytes > MOST_PER_BYTE * receivedBytes ? [{ piece: pieces[at], receivedBytes, keptBytes }] : [],
  );
  expect(results).toHaveLength(pieces.length);
  expect(Math.min(...results.map(({ receivedBytes }) => receivedBytes))).toBeGreaterThan(1024 * 1024);
  expect(Math.min(...results.map(({ events }) => events))).toBeGreaterThan(50);
  expect(dear).toEqual([]);
});
