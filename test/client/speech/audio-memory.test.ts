/** The memory blocks of a finished utterance are reused by the next one, when no other part can read them. */
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';

import { copiesSentBytes } from '../../../src/adapters/own-transports.js';
import { createWebSocketTransport } from '../../../src/adapters/whatwg/websocket-transport.js';
import { createWsTransport } from '../../../src/adapters/ws/ws-transport.js';
import { createReusedAudioMemory, PLAIN_AUDIO_MEMORY } from '../../../src/client/speech/audio-memory.js';
import type { AudioMemory } from '../../../src/core/utterance/audio-log.js';
import { AudioLog, LARGEST_BLOCK_BYTES } from '../../../src/core/utterance/audio-log.js';
import { RecordingSink } from '../../adapters/recording-sink.js';

/** An AudioMemory whose checks of the free blocks are called by the test. */
function memoryWithLooks(): { memory: AudioMemory; look: () => void; planned: () => readonly number[] } {
  const looks: { call: () => void; delayMs: number }[] = [];
  const memory = createReusedAudioMemory((call, delayMs) => void looks.push({ call, delayMs }));
  return { memory, look: () => looks.shift()?.call(), planned: () => looks.map(({ delayMs }) => delayMs) };
}

const largest = ({ allocate }: AudioMemory, count: number): Uint8Array[] =>
  Array.from({ length: count }, () => allocate(LARGEST_BLOCK_BYTES));
const giveBack = ({ free }: AudioMemory, blocks: readonly Uint8Array[]): void => {
  for (const block of blocks) free?.(block);
};
/** Takes `count` blocks, returns how many of them are in `blocks`, and releases all of them. */
const reusedOf = (memory: AudioMemory, blocks: readonly Uint8Array[], count: number): number => {
  const again = largest(memory, count);
  expect(new Set(again).size).toBe(count);
  giveBack(memory, again);
  return again.filter((block) => blocks.includes(block)).length;
};

it('reuses all blocks that a thousand sessions released at once', () => {
  const { memory } = memoryWithLooks();
  const blocks = largest(memory, 1_000);
  giveBack(memory, blocks);
  expect(reusedOf(memory, blocks, 1_000)).toBe(1_000);
});

it('keeps 64 free blocks when no more were needed for half a minute', () => {
  const { memory, look, planned } = memoryWithLooks();
  const blocks = largest(memory, 100);
  giveBack(memory, blocks);
  expect(planned()).toEqual([30_000]);
  look();
  expect(planned()).toEqual([30_000]);
  look();
  expect(planned()).toEqual([]);
  expect(reusedOf(memory, blocks, 100)).toBe(64);
});

it('plans no check while there are at most 64 free blocks', () => {
  const { memory, planned } = memoryWithLooks();
  giveBack(memory, largest(memory, 64));
  expect(planned()).toEqual([]);
});

it('drops only blocks that were free for the whole time', () => {
  const { memory, look } = memoryWithLooks();
  const blocks = largest(memory, 200);
  giveBack(memory, blocks);
  look();
  giveBack(memory, largest(memory, 150));
  look();
  expect(reusedOf(memory, blocks, 200)).toBe(150);
});

it('keeps half as many free blocks as are in use', () => {
  const { memory, look } = memoryWithLooks();
  const inUse = largest(memory, 2_000);
  const back = inUse.splice(0, 900);
  giveBack(memory, back);
  look();
  look();
  expect(reusedOf(memory, back, 900)).toBe(550);
});

it('reuses each block that an utterance took while it grew', () => {
  const taken: Uint8Array[] = [];
  const { allocate, free } = memoryWithLooks().memory;
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

it('does not reuse a block of another size', () => {
  const { allocate, free } = memoryWithLooks().memory;
  for (const bytes of [6 * 1024, 2 * LARGEST_BLOCK_BYTES]) {
    const block = allocate(bytes);
    free?.(block);
    expect(allocate(bytes)).not.toBe(block);
  }
});

it('does not reuse blocks with a transport that can keep sent bytes', () => {
  expect(PLAIN_AUDIO_MEMORY.free).toBeUndefined();
});

it('blocks are reused only with the transport on `ws`', () => {
  const ws = createWsTransport();
  const ofTheApplication = { ...ws };
  const standard = createWebSocketTransport({ WebSocket: WebSocket });
  expect([ws, ofTheApplication, standard].map(copiesSentBytes)).toEqual([true, false, false]);
});

it('a block can change as soon as that transport has sent it, also when the peer reads later', async () => {
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
  // Sends more than the buffers of the operating system can store.
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
