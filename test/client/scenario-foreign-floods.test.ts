/**
 * Frames that belong to no open request, over real sockets. A flood of them ends the connection; late frames of a
 * request are normal traffic.
 */
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { newAvatarSession } from '../../src/index.js';
import type { AvatarSession } from '../../src/index.js';
import { MessageType } from '../../src/ports/message.js';
import { encodeServerMessage } from '../../src/wire/encode.js';
import { silentKeyframes } from '../../src/emulator/animation/animator.js';
import { tone } from '../emulator/pcm.js';
import { CONFIRMATION, RawService } from './scenario-support/raw-service.js';
import { next } from './scenario-support/record.js';

const animation = (reqId: string, end: boolean, count = 1): Uint8Array =>
  encodeServerMessage({
    type: MessageType.serverResponseAnimation,
    connectionId: 'raw-connection',
    reqId,
    end,
    avatarId: 'face',
    keyframes: silentKeyframes(count),
  });
const playback = (reqId: string): Uint8Array =>
  encodeServerMessage({
    type: MessageType.serverPlaybackState,
    connectionId: 'raw-connection',
    reqId,
    state: 1,
    playedMs: 40,
    reason: '',
  });

const FLOODS: readonly (readonly [string, (nth: number) => Uint8Array])[] = [
  [
    'requests that do not exist',
    (nth) => animation(`20250101000000_${String(nth).padStart(12, '0')}`, false),
  ],
  ['empty ends', (nth) => animation(`20250101000000_${String(nth % 3).padStart(12, '0')}`, true, 0)],
  ['empty frames of one request', () => animation('20250101000000_abcdefghijkl', false, 0)],
  ['frames of one request', () => animation('20250101000000_abcdefghijkl', false)],
  ['playback states', (nth) => playback(`20250101000000_${String(nth % 5).padStart(12, '0')}`)],
  ['unknown types', () => Uint8Array.of(0x08, 0x63)],
  ['second confirmations', () => CONFIRMATION],
  [
    'all of that, in turn with what is unusable',
    (nth) => (nth % 50 === 0 ? Uint8Array.of(0xff) : playback(`foreign-${nth}`)),
  ],
];

/** A service that confirms, and calls `then` with the request id at the first audio of each request. */
async function serviceThat(then: (socket: WebSocket, reqId: string) => void): Promise<RawService> {
  const begun = new Set<string>();
  return RawService.start({
    message: (message, socket) => {
      if (message.type === MessageType.clientConfigureSession) socket.send(CONFIRMATION);
      if (message.type !== MessageType.clientAudioInput || begun.has(message.reqId)) return;
      begun.add(message.reqId);
      then(socket, message.reqId);
    },
  });
}

async function sessionThatCounts(
  { endpoints }: Pick<RawService, 'endpoints'>,
  heard: { frames: number },
): Promise<AvatarSession> {
  const onFrame = (): void => void (heard.frames += 1);
  const session = newAvatarSession({ ...endpoints, apiKey: 'key', onFrame, onError: () => undefined });
  await session.start();
  return session;
}

describe('frames that belong to no open request', () => {
  it.each(FLOODS)('a flood of %s ends the connection', async (what, frame) => {
    await using service = await serviceThat((socket) => {
      for (let nth = 0; nth < 5_000; nth++) socket.send(frame(nth));
    });
    const heard = { frames: 0 };
    await using session = await sessionThatCounts(service, heard);
    const closed = next(session, 'close');
    session.speak(tone(20)).finished.catch(() => undefined);
    expect(await closed).toMatchObject({ reason: 'failed', error: { code: 'protocolError' } });
    expect(heard.frames).toBeLessThan(what === 'frames of one request' ? 4_200 : 300);
  });

  it('thousands of late frames of an utterance that was interrupted or has finished have no effect', async () => {
    let sent = 0;
    await using service = await serviceThat((socket, reqId) => {
      socket.send(animation(reqId, false));
      // The late frames come after the interrupt of the first utterance, and after the last frame of the second
      // one.
      if (sent > 0) socket.send(animation(reqId, true));
      const late = animation(reqId, false, 5);
      setTimeout(() => {
        for (let nth = 0; nth < 5_000; nth++) socket.send(late);
        sent += 5_000;
      }, 50);
    });
    const reqIds = new Set<string>();
    await using session = newAvatarSession({
      ...service.endpoints,
      apiKey: 'key',
      onFrame: ({ reqId }) => void reqIds.add(reqId),
      onError: () => undefined,
    });
    await session.start();
    const first = session.speak(tone(20));
    await next(session, 'frame');
    await first.interrupt();
    await expect.poll(() => sent, { timeout: 10_000 }).toBe(5_000);
    const second = session.speak(tone(20));
    expect(await second.finished).toMatchObject({ outcome: 'delivered' });
    await expect.poll(() => sent, { timeout: 10_000 }).toBe(10_000);
    const third = session.speak(tone(20));
    expect(await third.finished).toMatchObject({ outcome: 'delivered' });
    expect([session.state, service.upgrades]).toEqual(['websocket_runtime', 1]);
    expect(reqIds).toEqual(new Set([first.reqId, second.reqId, third.reqId]));
  });

  it.each([
    ['frames without keyframes', (reqId: string) => animation(reqId, false, 0)],
    ['playback states', playback],
  ])('a flood of %s about an open request ends the connection, and the request', async (_what, frame) => {
    await using service = await serviceThat((socket, reqId) => {
      for (let nth = 0; nth < 5_000; nth++) socket.send(frame(reqId));
    });
    const heard = { frames: 0 };
    await using session = await sessionThatCounts(service, heard);
    const closed = next(session, 'close');
    const { finished } = session.speak(tone(20));
    await expect(finished).rejects.toMatchObject({ code: 'protocolError' });
    expect(await closed).toMatchObject({ reason: 'failed', error: { code: 'protocolError' } });
    expect(heard.frames).toBeLessThan(4_200);
  });

  it('frames without keyframes do not show progress of a request: it fails after the time of silence', async () => {
    let timer: NodeJS.Timeout | undefined;
    await using service = await serviceThat((socket, reqId) => {
      timer = setInterval(() => socket.send(animation(reqId, false, 0)), 20);
    });
    await using session = newAvatarSession({ ...service.endpoints, apiKey: 'key', silenceTimeoutMs: 300 });
    session.on('error', () => undefined);
    await session.start();
    await expect(session.speak(tone(20)).finished).rejects.toMatchObject({ code: 'upstreamError' });
    clearInterval(timer);
  });

  it('frames of a request that the service begins are delivered, also when two thousand of them come at once', async () => {
    const reqId = '20250101000000_abcdefghijkl';
    await using service = await serviceThat((socket) => {
      for (let nth = 0; nth < 2_000; nth++) socket.send(animation(reqId, nth === 1_999));
    });
    let frames = 0;
    await using session = newAvatarSession({
      ...service.endpoints,
      apiKey: 'key',
      onFrame: (frame) => void (frames += frame.reqId === reqId ? 1 : 0),
      onError: () => undefined,
    });
    await session.start();
    session.speak(tone(20)).finished.catch(() => undefined);
    await expect.poll(() => frames, { timeout: 10_000 }).toBe(2_000);
    expect(session.state).toBe('websocket_runtime');
  });
});
