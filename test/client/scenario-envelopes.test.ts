/**
 * The bytes of animation messages that the application gets: unchanged, except where a copy has to be trimmed
 * or patched.
 */
import { describe, expect, it } from 'vitest';
import { newAvatarSession } from '../../src/index.js';
import type { AvatarSession } from '../../src/index.js';
import { animate } from '../../src/emulator/index.js';
import { decodeServerMessage } from '../../src/wire/decode.js';
import { encodeServerMessage } from '../../src/wire/encode.js';
import { decodeKeyframes } from '../../src/wire/keyframes.js';
import type { Keyframe } from '../../src/ports/message.js';
import { MessageType } from '../../src/ports/message.js';
import { patchAnimation } from '../../src/wire/edit-animation.js';
import { tone } from '../emulator/pcm.js';
import { CONFIRMATION, RawService } from './scenario-support/raw-service.js';
import { expectedOf, expectSpokenOnce } from './scenario-support/spoken.js';
import { QUICK, openTrial } from './scenario-support/trial.js';

/** Field 100 (varint 7) and field 2000 ("new") of an envelope, which no version of the protocol defines. */
const UNKNOWN_FIELDS = Uint8Array.from([0xa0, 0x06, 0x07, 0x82, 0x7d, 0x03, 0x6e, 0x65, 0x77]);

function animation(reqId: string, keyframes: readonly Keyframe[], end: boolean): Uint8Array {
  const type = MessageType.serverResponseAnimation;
  const known = encodeServerMessage({ type, connectionId: 'c', reqId, end, avatarId: 'face', keyframes });
  return Buffer.concat([known, UNKNOWN_FIELDS]);
}

describe('envelopes', () => {
  it.each([
    [4, 10],
    [7, 13],
    [25, 30],
    [1000, 3],
  ])(
    'with %i keyframes each, cut after %i: a message with old and new keyframes is trimmed',
    async (perMessage, cutAfter) => {
      const faults = [{ kind: 'reset', phase: 'runtime', nth: 1, afterKeyframes: cutAfter } as const];
      const envelopes: [Uint8Array, boolean][] = [];
      await using trial = await openTrial(
        // Another size on the second connection, so that messages begin at other keyframes than before.
        { faults, keyframesPerMessage: [Math.max(1, perMessage - 3), perMessage] },
        { transportFrames: (bytes, isLast) => envelopes.push([bytes, isLast]) },
      );
      const { session, seen } = trial;
      await session.start();
      const pcm = tone(2_000);
      const utterance = session.speak(pcm);
      await utterance.finished;
      expectSpokenOnce(seen.frames, utterance.reqId, pcm);
      for (const frame of seen.frames) {
        const { reqId, end } = frame;
        expect(decodeKeyframes(frame.raw)).toEqual(frame.keyframes);
        expect(decodeServerMessage(frame.raw)).toMatchObject({ reqId, end });
      }
      expect(envelopes.flatMap(([bytes]) => decodeKeyframes(bytes))).toEqual(expectedOf(seen.frames, pcm));
      expect(envelopes.map(([, isLast]) => isLast)).toEqual(
        envelopes.map((_, at) => at === envelopes.length - 1),
      );
    },
  );

  it('reach transportFrames and onFrame byte for byte, unknown fields included', async () => {
    const keyframes = animate(tone(200), 16_000);
    const sent: Uint8Array[] = [];
    await using service = await RawService.start({
      message(message, socket) {
        if (message.type === MessageType.clientConfigureSession) socket.send(CONFIRMATION);
        if (message.type !== MessageType.clientAudioInput) return;
        sent.push(
          animation(message.reqId, keyframes.slice(0, 2), false),
          animation(message.reqId, keyframes.slice(2), true),
        );
        for (const bytes of sent) socket.send(bytes);
      },
    });
    const got: [Uint8Array, boolean][] = [];
    const raws: Uint8Array[] = [];
    await using session = newSession(service, {
      transportFrames: (bytes, isLast) => got.push([bytes, isLast]),
      onFrame: (frame) => raws.push(frame.raw),
    });
    await session.start();
    await session.speak(tone(200)).finished;
    expect(got.map(([bytes]) => hex(bytes))).toEqual(sent.map(hex));
    expect(raws.map(hex)).toEqual(sent.map(hex));
    expect(got.map(([, isLast]) => isLast)).toEqual([false, true]);
  });

  it('that are trimmed keep their unknown fields, and have the request id of the application', async () => {
    const pcm = tone(400);
    const keyframes = animate(pcm, 16_000);
    await using service = await RawService.start({
      message(message, socket, nth) {
        if (message.type === MessageType.clientConfigureSession) socket.send(CONFIRMATION);
        if (message.type !== MessageType.clientAudioInput || !message.end) return;
        if (nth === 2) socket.send(animation(message.reqId, keyframes, true));
        else socket.send(animation(message.reqId, keyframes.slice(0, 4), false), () => socket.terminate());
      },
    });
    const raws: Uint8Array[] = [];
    await using session = newSession(service, { transportFrames: (bytes) => raws.push(bytes) });
    await session.start();
    const utterance = session.speak(pcm);
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed', keyframes: 10 });
    expect(raws.map((raw) => decodeKeyframes(raw).length)).toEqual([4, 6]);
    expect(raws.flatMap(decodeKeyframes)).toEqual(keyframes);
    expect(raws.map(hex)).toEqual([
      hex(animation(utterance.reqId, keyframes.slice(0, 4), false)),
      hex(animation(utterance.reqId, keyframes.slice(4), true)),
    ]);
  });

  it('have one request id after a re-send, and one end for several segments; all other bytes are unchanged', async () => {
    const pcm = tone(400);
    const keyframes = animate(pcm, 16_000);
    const onWire = new Set<string>();
    await using service = await RawService.start({
      message(message, socket, nth) {
        if (message.type === MessageType.clientConfigureSession) socket.send(CONFIRMATION);
        if (message.type !== MessageType.clientAudioInput) return;
        onWire.add(message.reqId);
        if (nth === 1) socket.send(animation(message.reqId, [], false), () => socket.terminate());
        // The first audio message has no end, so the end in its answer ends a segment.
        else if (message.end) socket.send(animation(message.reqId, keyframes.slice(4), true));
        else socket.send(animation(message.reqId, keyframes.slice(0, 4), true));
      },
    });
    const got: [string, boolean][] = [];
    await using session = newSession(service, {
      transportFrames: (bytes, isLast) => got.push([hex(bytes), isLast]),
    });
    await session.start();
    const reconnected = new Promise((resolve) => session.once('reconnect', resolve));
    const utterance = session.speak();
    await utterance.write(pcm.subarray(0, 5_120));
    await reconnected;
    await new Promise((resolve) => session.once('frame', resolve));
    await utterance.end(pcm.subarray(5_120));
    await utterance.finished;
    const { reqId } = utterance;
    expect(onWire.size).toBe(2);
    const whole = animation(reqId, keyframes.slice(0, 4), true);
    const segment = patchAnimation(whole, { clearEnd: true });
    expect(got).toEqual([
      [hex(animation(reqId, [], false)), false],
      [hex(segment), false],
      [hex(animation(reqId, keyframes.slice(4), true)), true],
    ]);
    expect(segment.filter((byte, at) => byte !== whole[at])).toHaveLength(1);
  });

  it('that came in one segment with the confirmation are not lost', async () => {
    const keyframes = animate(tone(200), 16_000);
    await using service = await RawService.start({
      message(_message, socket) {
        socket.send(CONFIRMATION);
        for (const [at, keyframe] of keyframes.entries())
          socket.send(animation('greeting', [keyframe], at === 4));
      },
    });
    const indexes: number[] = [];
    await using session = newSession(service, { onFrame: ({ index }) => indexes.push(index) });
    const last = new Promise((resolve) => session.on('frame', ({ end }) => end && resolve(end)));
    await session.start();
    await last;
    expect(indexes).toEqual([0, 1, 2, 3, 4]);
  });
});

function newSession(
  service: RawService,
  options: Parameters<typeof newAvatarSession>[0] | object,
): AvatarSession {
  return newAvatarSession({ ...service.endpoints, apiKey: 'a raw key', retry: QUICK, ...options });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
