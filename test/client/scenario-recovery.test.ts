/**
 * The outcome of an utterance after a lost connection, for each value of its option `recovery`, over real
 * sockets.
 */
import { describe, expect, it } from 'vitest';
import { AudioFormat, newAvatarSession } from '../../src/index.js';
import type { Frame, Recovery } from '../../src/index.js';
import { decodeServerMessage } from '../../src/wire/decode.js';
import { MessageType } from '../../src/ports/message.js';
import { pieces, tone } from '../emulator/pcm.js';
import { CONFIRMATION, RawService } from './scenario-support/raw-service.js';
import { CHUNK_BYTES, expectSpokenOnce } from './scenario-support/spoken.js';
import { openTrial } from './scenario-support/trial.js';

const PCM = tone(1_000);
const cut = { kind: 'close', phase: 'runtime', nth: 1, code: 4503, afterKeyframes: 10 } as const;

describe('a connection that is lost in the middle of an utterance', () => {
  it.each<readonly [Recovery, string, number]>([
    ['replay', 'replayed', 25],
    ['tail', 'replayed', 25],
  ])(
    '%s: every keyframe is delivered once, with continuous numbers',
    async (recovery, outcome, keyframes) => {
      await using trial = await openTrial({ faults: [cut] });
      const { session, seen } = trial;
      await session.start();
      const utterance = session.speak(pieces(PCM, CHUNK_BYTES), { recovery });
      expect(await utterance.finished).toMatchObject({ outcome, keyframes });
      let index = 0;
      for (const frame of seen.framesOf(utterance.reqId)) {
        expect(frame.index).toBe(index);
        index += frame.keyframes.length;
      }
      if (recovery === 'replay') expectSpokenOnce(seen.frames, utterance.reqId, PCM);
    },
  );

  it.each<readonly [Recovery, number]>([
    ['drop', 0],
    ['fail', 1],
  ])(
    '%s: the utterance fails, with %i error events, and the next utterance is sent',
    async (recovery, reported) => {
      await using trial = await openTrial({ faults: [cut] });
      const { session, seen } = trial;
      await session.start();
      const lost = session.speak(pieces(PCM, CHUNK_BYTES), { recovery });
      await expect(lost.finished).rejects.toMatchObject({
        code: 'connectionClosed',
        outcome: 'failed',
        reqId: lost.reqId,
      });
      expect(seen.errors.filter(({ reqId }) => reqId === lost.reqId)).toHaveLength(reported);
      expect(await session.speak(PCM).finished).toMatchObject({ outcome: 'delivered' });
    },
  );

  it('a message with delivered and new keyframes is trimmed, also its raw bytes', async () => {
    const raws: Uint8Array[] = [];
    await using trial = await openTrial(
      { faults: [cut], keyframesPerMessage: [3, 7], seed: 5 },
      { transportFrames: (raw) => raws.push(raw) },
    );
    await trial.session.start();
    const utterance = trial.session.speak(pieces(PCM, CHUNK_BYTES));
    await utterance.finished;
    expectSpokenOnce(trial.seen.frames, utterance.reqId, PCM);
    const counts = raws.map((raw) => {
      const message = decodeServerMessage(raw);
      return message.type === MessageType.serverResponseAnimation ? message.keyframeCount : 0;
    });
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(25);
    expect(trial.seen.frames.map((frame: Frame) => frame.keyframes.length)).toEqual(counts);
  });

  it('several unfinished utterances are sent again in their order', async () => {
    await using trial = await openTrial({ faults: [cut] });
    const { session, seen } = trial;
    await session.start();
    const spoken = [1, 2, 3].map((seed) => session.speak(tone(600, seed)));
    await Promise.all(spoken.map(({ finished }) => finished));
    const ends = seen.frames.filter(({ end }) => end).map(({ reqId }) => reqId);
    expect(ends).toEqual(spoken.map(({ reqId }) => reqId));
  });
});

describe('a request that the service refuses for a temporary reason', () => {
  it('is sent again on the same connection, and no keyframe is delivered twice', async () => {
    const fault = { kind: 'serverError', phase: 'runtime', nth: 1, afterKeyframes: 10 } as const;
    await using trial = await openTrial({
      faults: [{ ...fault, code: 4503, message: 'busy', reqId: 'current' }],
    });
    const { session, seen } = trial;
    await session.start();
    const utterance = session.speak(pieces(PCM, CHUNK_BYTES));
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed', keyframes: 25 });
    expectSpokenOnce(seen.frames, utterance.reqId, PCM);
    expect([trial.dials, seen.retries.length]).toEqual([1, 1]);
  });
});

/** Sends the chunks as one request. Returns the size and the end of every message at the service, and all bytes. */
async function onTheWire(
  audioFormat: AudioFormat,
  chunks: readonly Uint8Array[],
): Promise<{ sizes: (readonly [number, boolean])[]; audio: Buffer }> {
  const sizes: (readonly [number, boolean])[] = [];
  const parts: Uint8Array[] = [];
  let ended = (): void => undefined;
  const end = new Promise<void>((resolve) => (ended = resolve));
  await using service = await RawService.start({
    message(message, socket) {
      if (message.type === MessageType.clientConfigureSession) socket.send(CONFIRMATION);
      if (message.type !== MessageType.clientAudioInput) return;
      sizes.push([message.audio.length, message.end]);
      parts.push(message.audio);
      if (message.end) ended();
    },
  });
  await using session = newAvatarSession({ ...service.endpoints, apiKey: 'key', audioFormat });
  await session.start();
  const utterance = session.speak();
  for (const chunk of chunks) await utterance.write(chunk);
  await utterance.end();
  await end;
  return { sizes, audio: Buffer.concat(parts) };
}

describe('audio on the wire', () => {
  const KIB = 1024;

  it('is split into messages of at most 64 KiB; an odd byte is sent with the next chunk; the end is an empty message', async () => {
    const pcm = tone(10_000).subarray(0, 200_002);
    const chunks = [pcm.subarray(0, 3), pcm.subarray(3, 150_000), pcm.subarray(150_000)];
    const { sizes, audio } = await onTheWire(AudioFormat.PCM_S16LE, chunks);
    expect(audio.equals(pcm)).toBe(true);
    expect(sizes.at(-1)).toEqual([0, true]);
    expect(
      sizes.every(
        ([size, end], at) => size % 2 === 0 && size <= 64 * KIB && end === (at === sizes.length - 1),
      ),
    ).toBe(true);
  });

  it('does not include an odd byte that is not followed by another one', async () => {
    const { sizes } = await onTheWire(AudioFormat.PCM_S16LE, [Uint8Array.of(1, 2, 3)]);
    expect(sizes).toEqual([
      [2, false],
      [0, true],
    ]);
  });

  it('is sent unchanged when it is Ogg Opus, also with odd sizes and RIFF', async () => {
    const opus = Buffer.concat([Buffer.from('RIFF'), tone(3_000).subarray(0, 70_001)]);
    const { sizes, audio } = await onTheWire(AudioFormat.OGG_OPUS, [opus.subarray(0, 7), opus.subarray(7)]);
    expect(audio.equals(opus)).toBe(true);
    expect(sizes[0]).toEqual([7, false]);
  });
});
