/** The memory blocks of a finished utterance are reused by the next one, once nothing else can read them. */
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

import { copiesSentBytes } from '../../../src/adapters/own-transports.js';
import { createWebSocketTransport } from '../../../src/adapters/whatwg/websocket-transport.js';
import { createWsTransport } from '../../../src/adapters/ws/ws-transport.js';
import { audioMemory } from '../../../src/client/speech/replay-budget.js';
import { AudioLog, LARGEST_BLOCK_BYTES } from '../../../src/core/utterance/audio-log.js';
import { RecordingSink } from '../../adapters/recording-sink.js';

const largest = (count: number): Uint8Array[] => {
  const { allocate } = audioMemory(true);
  return Array.from({ length: count }, () => allocate(LARGEST_BLOCK_BYTES));
};
const giveBack = (blocks: readonly Uint8Array[]): void => {
  const { free } = audioMemory(true);
  for (const block of blocks) free?.(block);
};

it('reuses a block of the largest size, and keeps at most 64 free blocks', () => {
  const blocks = largest(65);
  giveBack(blocks);
  const again = largest(65);
  expect(again.filter((block) => blocks.includes(block))).toHaveLength(64);
  expect(new Set(again).size).toBe(65);
  giveBack(again);
});

it('keeps half as many as are in use, for sessions that give back a block each at about the same time', () => {
  const inUse = largest(2_000);
  const back = inUse.splice(0, 500);
  giveBack(back);
  const again = largest(500);
  expect(again.filter((block) => back.includes(block))).toHaveLength(500);
  giveBack([...inUse, ...again]);
  const later = largest(65);
  expect(later.filter((block) => inUse.includes(block) || again.includes(block))).toHaveLength(64);
  giveBack(later);
});

it('gives each block out again that an utterance has taken as it grew', () => {
  const taken: Uint8Array[] = [];
  const { allocate, free } = audioMemory(true);
  const remembered = (bytes: number): Uint8Array => {
    const block = allocate(bytes);
    taken.push(block);
    return block;
  };
  const log = new AudioLog({ allocate: remembered, ...(free && { free }) });
  const speak = (): readonly Uint8Array[] => {
    taken.length = 0;
    for (let chunk = 0; chunk < 500; chunk += 1) log.append(new Uint8Array(640));
    log.clear();
    return [...taken];
  };
  const first = speak();
  expect(new Set(first.map((block) => block.length)).size).toBeGreaterThan(3);
  expect(new Set(speak())).toEqual(new Set(first));
});

it('gives no block of another size out again', () => {
  const { allocate, free } = audioMemory(true);
  for (const bytes of [6 * 1024, 2 * LARGEST_BLOCK_BYTES]) {
    const block = allocate(bytes);
    free?.(block);
    expect(allocate(bytes)).not.toBe(block);
  }
});

it('takes no block back where a transport may keep what it was given', () => {
  expect(audioMemory(false).free).toBeUndefined();
});

it('is used again for the transport on `ws` only', () => {
  const ws = createWsTransport();
  const ofTheApplication = { ...ws };
  const standard = createWebSocketTransport({ WebSocket: WebSocket });
  expect([ws, ofTheApplication, standard].map(copiesSentBytes)).toEqual([true, false, false]);
});

it('may change as soon as that transport has sent it, also when the peer reads later', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => server.close());
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[WebSocket]>;
  const url = `ws://127.0.0.1:${(server.address() as { port: number }).port}/`;
  const request = { url, headers: {}, maxMessageBytes: 1_000, signal: new AbortController().signal };
  const near = await createWsTransport().dial(request, new RecordingSink());
  const [far] = await accepted;
  onTestFinished(() => far.terminate());
  far.pause();
  const block = Buffer.alloc(LARGEST_BLOCK_BYTES, 1);
  // More than the buffers of the system take.
  let messages = 0;
  for (; near.bufferedBytes === 0; messages += 1) near.send(block);
  for (let more = 0; more < 20; more += 1, messages += 1) near.send(block);
  block.fill(2);
  let intact = 0;
  const all = new Promise<void>((resolve) => {
    far.on('message', (data: Buffer) => {
      if (data.every((byte) => byte === 1)) intact += 1;
      if ((messages -= 1) === 0) resolve();
    });
  });
  const sent = messages;
  far.resume();
  await all;
  expect(intact).toBe(sent);
});
