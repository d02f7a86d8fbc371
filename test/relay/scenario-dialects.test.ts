/**
 * Plain clients of the three dialects (`dialects.ts`), on real sockets: with `ws` on its own port, and with
 * `ws` behind an HTTP upgrade.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { newAvatarSession } from '../../src/index.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { createRelay } from '../../src/relay/index.js';
import type { Relay, RelayOptions } from '../../src/relay/index.js';
import { decodeTypedKeyframes } from '../../src/wire/typed-keyframes.js';
import { sound } from './relay-stage.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Page {
  readonly socket: WebSocket;
  /** All messages, as the page reads them. */
  readonly messages: unknown[];
  say(message: object): void;
  until(found: (message: Fields) => boolean): Promise<void>;
}
type Fields = Readonly<Record<string, unknown>>;

/** A relay for the first page that connects, with a service that resets once in mid-speech. */
async function relayed(
  options: Pick<RelayOptions, 'dialect'> & Partial<RelayOptions>,
  overHttp: boolean,
): Promise<{ page: Page; relay: Relay; service: AvatarEmulator }> {
  const service = await AvatarEmulator.start({
    faults: [{ kind: 'reset', phase: 'runtime', afterKeyframes: 20 }],
  });
  cleanups.push(() => service.stop());
  const http = createServer();
  const server = new WebSocketServer({ noServer: true });
  if (overHttp)
    http.on('upgrade', (request, line, head) => {
      server.handleUpgrade(request, line, head, (socket) => server.emit('connection', socket, request));
    });
  const own = overHttp ? undefined : new WebSocketServer({ server: http });
  const relays = new Promise<Relay>((resolve) => {
    (own ?? server).on('connection', (socket: WebSocket) => {
      const session = newAvatarSession(service.sessionOptions);
      const relay = createRelay({ session, socket, avatar: { appId: 'app', avatarId: 'mia' }, ...options });
      relay.on('speak', () => relay.speak(sound(2))).on('text', () => relay.speak(sound(2)));
      resolve(relay);
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  cleanups.push(() => http.close());
  const socket = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  cleanups.push(() => socket.terminate());
  const messages: unknown[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data: Buffer, isBinary) => {
    messages.push(isBinary ? data : (JSON.parse(data.toString()) as unknown));
    for (const look of waiting) look();
  });
  const until = (found: (message: Fields) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!messages.some((message) => found(message as Fields))) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  await once(socket, 'open');
  const relay = await relays;
  cleanups.push(() => relay.close());
  return {
    page: { socket, messages, say: (message) => socket.send(JSON.stringify(message)), until },
    relay,
    service,
  };
}

const bytes = (base64: unknown): Buffer => Buffer.from(String(base64), 'base64');

/**
 * Behaves like a vendor's player: audio starts a conversation. Frames without a conversation, and motion
 * after its end, are dropped.
 */
class Player {
  audio: Buffer[] = [];
  keyframes = 0;
  ends = 0;
  dropped = 0;
  #open = false;
  #ended = false;

  yieldAudioData(data: Buffer, isLast: boolean): void {
    this.#open = true;
    this.audio.push(data);
    if (!isLast) return;
    this.ends += 1;
    this.#ended = true;
  }

  yieldFramesData(frames: readonly Buffer[]): void {
    for (const frame of frames) {
      const count = decodeTypedKeyframes(frame).length;
      if (!this.#open || this.#ended) this.dropped += count;
      else this.keyframes += count;
    }
  }
}

const whole = { keyframes: 50, ends: 1, dropped: 0 };

describe.each([
  ['a port', false],
  ['an HTTP upgrade', true],
])('over %s', (_how, overHttp) => {
  it('spatius: ready, audio, frames, and the end after the last of them, through a reset of the service', async () => {
    const { page } = await relayed({ dialect: 'spatius' }, overHttp);
    await page.until(({ type }) => type === 'ready');
    page.say({ type: 'text', text: 'hello' });
    await page.until(({ type, isLast }) => type === 'avatar_audio' && isLast === true);
    const player = new Player();
    const turns = new Set<unknown>();
    for (const message of page.messages as Fields[]) {
      if (message['type'] === 'avatar_audio')
        player.yieldAudioData(bytes(message['audio']), message['isLast'] === true);
      if (message['type'] === 'avatar_frames')
        player.yieldFramesData((message['frames'] as unknown[]).map(bytes));
      if ('turnId' in message) turns.add(message['turnId']);
    }
    expect(page.messages[0]).toEqual({ type: 'ready', avatar: { appId: 'app', avatarId: 'mia' } });
    expect(player).toMatchObject(whole);
    expect(Buffer.compare(Buffer.concat(player.audio), sound(2))).toBe(0);
    expect(turns.size).toBe(1);
    const types = new Set((page.messages as Fields[]).map(({ type }) => type));
    expect([...types]).toEqual(['ready', 'avatar_audio', 'avatar_frames']);
    const last = (page.messages as Fields[]).filter(({ type }) => type === 'avatar_frames').at(-1);
    expect(last).toMatchObject({ isLast: true });
  });

  it('spatialreal: audio and motion, nothing else', async () => {
    const { page } = await relayed({ dialect: 'spatialreal' }, overHttp);
    page.say({ type: 'speak', voice: 'female' });
    await page.until(({ type, end }) => type === 'audio' && end === true);
    const player = new Player();
    for (const message of page.messages as Fields[]) {
      if (message['type'] === 'audio') player.yieldAudioData(bytes(message['data']), message['end'] === true);
      else player.yieldFramesData((message['data'] as unknown[]).map(bytes));
    }
    expect(player).toMatchObject(whole);
    expect(Buffer.compare(Buffer.concat(player.audio), sound(2))).toBe(0);
    expect(new Set((page.messages as Fields[]).map(({ type }) => type))).toEqual(
      new Set(['audio', 'motion']),
    );
  });

  it('binary: as docs/relaying-to-browsers.md describes it', async () => {
    const { page } = await relayed({ dialect: 'binary' }, overHttp);
    page.say({ type: 'text', text: 'hello' });
    await page.until((message) => message instanceof Buffer && message[0] === 1 && message[1] === 1);
    const player = new Player();
    const ids = new Set<string>();
    for (const message of page.messages.slice(1) as Buffer[]) {
      const [type = 0, flags = 0, idBytes = 0] = message;
      ids.add(message.subarray(3, 3 + idBytes).toString());
      const payload = message.subarray(3 + idBytes);
      if (type === 1) player.yieldAudioData(payload, (flags & 1) === 1);
      else player.yieldFramesData([payload]);
    }
    expect(page.messages[0]).toMatchObject({
      type: 'ready',
      next: 0,
      resumed: false,
      audio: { encoding: 'pcm_s16le', sampleRateHz: 16_000 },
    });
    expect(player).toMatchObject(whole);
    expect(Buffer.compare(Buffer.concat(player.audio), sound(2))).toBe(0);
    expect(ids.size).toBe(1);
  });
});

describe('a real socket', () => {
  it('that is cut in mid-speech ends the session', async () => {
    const { page, relay, service } = await relayed({ dialect: 'binary' }, false);
    await page.until(({ type }) => type === 'ready');
    const { finished } = relay.speak(sound(20));
    await page.until((message) => message instanceof Buffer && message[0] === 2);
    const closed = new Promise((resolve) => relay.once('close', resolve));
    page.socket.terminate();
    expect(await closed).toEqual({ reason: 'left' });
    await finished.catch(() => undefined);
    await relay.close();
    await expect.poll(() => service.openSockets).toBe(0);
  });

  it('of a browser that does not read buffers a bounded number of bytes, and is closed', async () => {
    const windowBytes = 64 * 1024;
    const { page, relay } = await relayed({ dialect: 'binary', windowBytes, heartbeatMs: 500 }, false);
    await page.until(({ type }) => type === 'ready');
    page.socket.pause();
    let given = 0;
    const endless = (async function* () {
      for (; ; given += 1) {
        yield sound(1);
        await Promise.resolve();
      }
    })();
    const { finished } = relay.speak(endless);
    const closed = new Promise((resolve) => relay.once('close', resolve));
    await expect.poll(() => given).toBeGreaterThan(0);
    expect(await closed).toEqual({ reason: 'left' });
    expect(given).toBeLessThan(6);
    await finished.catch(() => undefined);
  });

  it.each([
    ['spatius', Buffer.from([1, 2, 3]), 1003],
    ['spatius', 'hello', 1008],
    ['binary', 'x'.repeat(300_000), 1009],
  ] as const)('that breaks the rules of %s is closed', async (dialect, message, code) => {
    const { page } = await relayed({ dialect }, false);
    page.socket.send(message);
    const [closeCode, reason] = (await once(page.socket, 'close')) as [number, Buffer];
    expect(closeCode).toBe(code);
    expect(reason.toString()).toBe('');
  });
});
