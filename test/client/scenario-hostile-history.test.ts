/**
 * The memory of a session whose service fails many times. Each time it sends long texts, as many errors as are
 * reported, new ids, and breaks the connection. `explain()` is bounded in bytes, and the process keeps no more memory
 * after five times as many connections.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { HISTORY_LIMIT } from '../../src/core/session/session-life.js';
import { encodeServerMessage } from '../../src/wire/encode.js';
import { MessageType } from '../../src/ports/message.js';
import { RawService } from './scenario-support/raw-service.js';

const SCRIPT = join(import.meta.dirname, 'scenario-support/keeps-history.mjs');
/** A text of characters that take the most bytes. */
const long = (characters: number, nth: number): string => `${nth} ${'\u20ac'.repeat(characters)}`;
const FEW = 15;
const MANY = 5 * FEW;

interface Kept {
  readonly connections: number;
  readonly entries: number;
  readonly explainBytes: number;
  readonly usedBytes: number;
  readonly events: number;
}

it(
  'the history is bounded in bytes, for long texts of the service and any number of them',
  { timeout: 120_000 },
  async () => {
    /** The bytes that were sent; four fifths of them between the two measurements. */
    let sentBytes = 0;
    await using service = await RawService.start({
      message(message, socket, nth) {
        if (message.type !== MessageType.clientConfigureSession) return;
        const send = (bytes: Uint8Array): void => {
          sentBytes += bytes.length;
          socket.send(bytes);
        };
        const connectionId = long(200, nth);
        send(
          encodeServerMessage({
            type: MessageType.serverConfirmSession,
            connectionId,
            capabilities: Array.from({ length: 60 }, (_, n) => long(30, n)),
          }),
        );
        for (let n = 0; n < 8; n += 1) {
          const reqId = n % 2 === 0 ? '' : long(300, n);
          send(
            encodeServerMessage({
              type: MessageType.serverError,
              connectionId,
              reqId,
              code: n,
              message: long(2_600, n),
            }),
          );
        }
        for (let n = 0; n < 100; n += 1) {
          const reqId = long(330, 1_000 * nth + n);
          send(
            encodeServerMessage({
              type: MessageType.serverResponseAnimation,
              connectionId,
              reqId,
              avatarId: '',
              end: false,
              keyframes: [],
            }),
          );
        }
        setTimeout(() => socket.close(1012, long(39, nth)), 5);
      },
    });
    const child = fork(SCRIPT, [JSON.stringify(service.endpoints), `${FEW}`, `${MANY}`], {
      execArgv: ['--expose-gc'],
    });
    const [[few, many]] = (await once(child, 'message')) as [[Kept, Kept]];
    expect(few.connections).toBeGreaterThanOrEqual(FEW);
    expect(many.connections).toBeGreaterThanOrEqual(MANY);
    expect(many.events).toBeGreaterThan(10 * MANY);
    expect(sentBytes).toBeGreaterThan(10 * 1_024 * 1_024);
    expect(many.entries).toBe(HISTORY_LIMIT);
    // Each entry has two texts of 512 characters of three bytes, and some further words.
    expect(many.explainBytes).toBeLessThan(HISTORY_LIMIT * 4 * 1_024);
    // A tolerance for memory of the JavaScript engine itself. A tenth of the bytes in between would exceed it.
    expect(many.usedBytes - few.usedBytes).toBeLessThan(1_024 * 1_024);
  },
);
