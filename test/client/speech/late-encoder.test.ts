/**
 * PCM is encoded to Ogg Opus between the ledger and the wire, so that a re-send can begin at any sample. In
 * virtual time.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession, newAvatarSession } from '../../../src/index.js';
import type { AvatarSessionOptions } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import { decodedPcm, pagesOf } from '../../support/ogg-pages.js';
import { createRawOpusEncoder } from '../../support/raw-opus.js';
import { startedVirtualSession, virtualSession } from '../virtual-session.js';
import type { VirtualSession, VirtualSessionPlan } from '../virtual-session.js';
import { waitFor } from '../../support/wait-for.js';

afterEach(() => AvatarSession.closeAll());

const KEYFRAME_BYTES = 1_280;

function plan(options: Partial<AvatarSessionOptions> = {}): VirtualSessionPlan {
  return {
    service: (dial) => void dial.confirm(),
    options: {
      heartbeat: false,
      audioFormat: 'ogg_opus',
      oggOpusEncoder: { createEncoder: createRawOpusEncoder },
      ...options,
    },
  };
}

interface Heard {
  readonly reqId: string;
  readonly audio: Uint8Array;
  readonly end: boolean;
  readonly messages: number;
}

/** The messages that the current connection has received, request by request. */
function heard({ transport }: VirtualSession): Heard[] {
  const messages = transport.latest.received.filter((one) => one.type === MessageType.clientAudioInput);
  return [...new Set(messages.map(({ reqId }) => reqId))].map((reqId) => {
    const own = messages.filter((one) => one.reqId === reqId);
    const audio = Uint8Array.from(Buffer.concat(own.map((one) => one.audio)));
    return { reqId, audio, end: own.at(-1)?.end === true, messages: own.length };
  });
}

function only(requests: readonly Heard[]): Heard {
  const [request, ...others] = requests;
  if (request === undefined || others.length > 0) throw new Error(`${requests.length} requests came`);
  return request;
}

async function lose(world: VirtualSession): Promise<void> {
  const dials = world.transport.dials.length;
  world.transport.latest.drop();
  await world.clock.until(() => world.transport.dials.length === dials + 1);
  await world.clock.advance(10);
}

/** Audio in which the value of each sample is its position. */
function audio(keyframes: number, offset = 0): Uint8Array {
  const samples = new Uint16Array((keyframes * KEYFRAME_BYTES) / 2).map((_, at) => at + offset);
  return new Uint8Array(samples.buffer);
}

describe('a session with oggOpusEncoder', () => {
  it('announces Ogg Opus, and sends the audio as one stream, for every way of writing', async () => {
    const world = await startedVirtualSession(plan());
    const said = audio(50);
    const spoken = world.session.speak([said.subarray(0, 7_001), said.subarray(7_001)]);
    await world.clock.advance(10);
    const written = world.session.speak();
    void written.write(said.subarray(0, 333));
    void written.end(said.subarray(333));
    const sent = world.session.sendAudio(said, true);
    await world.clock.advance(10);
    const reqId = await sent;
    const [configured] = world.transport.latest.received;
    expect(configured).toMatchObject({ audioFormat: 1, sampleRate: 16_000 });
    const requests = heard(world);
    expect(requests.map((one) => one.reqId)).toEqual([spoken.reqId, written.reqId, reqId]);
    for (const request of requests) {
      expect(request.end).toBe(true);
      expect(Buffer.compare(decodedPcm(request.audio, 16_000), said)).toBe(0);
    }
  });

  it('begins a new stream at the sample of the lead-in after a loss', async () => {
    const world = await startedVirtualSession(plan());
    const said = audio(100);
    const utterance = world.session.speak();
    void utterance.end(said);
    await world.clock.advance(10);
    world.transport.latest.animate(utterance.reqId, 60);
    await lose(world);
    const { reqId, audio: second, end } = only(heard(world));
    expect(end).toBe(true);
    expect(Buffer.compare(decodedPcm(second, 16_000), said.subarray(35 * KEYFRAME_BYTES))).toBe(0);
    expect(pagesOf(second)[0]).toMatchObject({ flags: 2, serial: 2, number: 0 });
    world.transport.latest.animate(reqId, 65, { end: true });
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed', keyframes: 100 });
  });

  it('loses no audio that waited in the encoder when the connection was lost', async () => {
    const world = await startedVirtualSession(plan());
    const said = audio(10);
    const utterance = world.session.speak();
    await utterance.write(said.subarray(0, 5_001));
    await world.clock.advance(10);
    await lose(world);
    await utterance.end(said.subarray(5_001));
    await world.clock.advance(10);
    expect(Buffer.compare(decodedPcm(only(heard(world)).audio, 16_000), said)).toBe(0);
  });

  it('keeps two utterances separate that are written alternately', async () => {
    const world = await startedVirtualSession(plan({ overlap: 'parallel' }));
    const said = [audio(20), audio(20, 40_000)];
    const utterances = said.map(() => world.session.speak());
    for (let at = 0; at < 20 * KEYFRAME_BYTES; at += 999) {
      for (const [nth, one] of utterances.entries())
        await one.write(said[nth]?.subarray(at, at + 999) ?? new Uint8Array(0));
    }
    for (const one of utterances) await one.end();
    await world.clock.advance(10);
    for (const [nth, { audio: stream }] of heard(world).entries()) {
      expect(Buffer.compare(decodedPcm(stream, 16_000), said[nth] ?? new Uint8Array(0))).toBe(0);
    }
  });

  it('calls onEncodedAudio with every byte, with the request id of the application', async () => {
    const encoded: [reqId: string, bytes: Uint8Array][] = [];
    const world = await startedVirtualSession(
      plan({ onEncodedAudio: (reqId, bytes) => encoded.push([reqId, Uint8Array.from(bytes)]) }),
    );
    const utterance = world.session.speak();
    await utterance.end(audio(30));
    await world.clock.advance(10);
    const first = only(heard(world)).audio;
    expect(Buffer.concat(encoded.map(([, bytes]) => bytes)).equals(first)).toBe(true);
    await lose(world);
    const second = only(heard(world)).audio;
    expect(Buffer.concat(encoded.map(([, bytes]) => bytes)).equals(Buffer.concat([first, second]))).toBe(
      true,
    );
    expect(new Set(encoded.map(([reqId]) => reqId))).toEqual(new Set([utterance.reqId]));
  });

  it('yields a turn of the event loop after 64 KiB of PCM, and writes wait for it', async () => {
    const world = await startedVirtualSession(plan());
    const utterance = world.session.speak();
    let isAccepted = false;
    void utterance.end(audio(200)).then(() => (isAccepted = true));
    await world.clock.settle();
    const [request] = heard(world);
    expect(isAccepted).toBe(false);
    // In this test, packets are as large as the PCM.
    expect(request?.audio.length).toBeLessThan(85_000);
    await world.clock.advance(10);
    expect(isAccepted).toBe(true);
    expect(decodedPcm(only(heard(world)).audio, 16_000)).toHaveLength(200 * KEYFRAME_BYTES);
  });

  it('ends a request without audio with an empty message', async () => {
    const world = await startedVirtualSession(plan());
    await world.session.speak().end();
    await world.clock.advance(10);
    expect(only(heard(world))).toMatchObject({ end: true, messages: 1, audio: new Uint8Array(0) });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no such rate');
      },
      /could not be encoded: no such rate/,
    ],
    [
      'has an invalid delay',
      () => ({ lookaheadSamples: -1, encode: () => new Uint8Array(1) }),
      /lookaheadSamples/,
    ],
    [
      'makes no packets',
      () => ({ lookaheadSamples: 0, encode: () => new Uint8Array(0) }),
      /encode must return/,
    ],
  ])('fails only the utterance when its encoder %s', async (_what, createEncoder, message) => {
    const world = await startedVirtualSession(plan({ oggOpusEncoder: { createEncoder } }));
    const utterance = world.session.speak(audio(10));
    const failed = expect(utterance.finished).rejects.toMatchObject({
      code: 'invalidRequest',
      message: expect.stringMatching(message) as string,
      remediation: expect.stringContaining('createEncoder') as string,
    });
    await world.clock.advance(10);
    await failed;
    expect(world.errors).toHaveLength(1);
    expect(world.session.state).toBe('websocket_runtime');
  });

  it('converts a source of another format first', async () => {
    const world = await startedVirtualSession(plan());
    const floats = new Float32Array(1_600).map((_, at) => at / 32_768);
    const utterance = world.session.speak(floats, {
      format: { encoding: 'pcm_f32le', sampleRateHz: 16_000 },
    });
    // The converter is imported, which takes real time.
    await waitFor(async () => {
      await world.clock.settle();
      expect(heard(world)[0]?.end).toBe(true);
    });
    const expected = new Uint8Array(Int16Array.from({ length: 1_600 }, (_, at) => at).buffer);
    expect(decodedPcm(only(heard(world)).audio, 16_000)).toEqual(expected);
    await utterance.interrupt();
  });
});

describe('oggOpusEncoder', () => {
  const base = { apiKey: 'k', appId: 'a', avatarId: 'v' };

  it.each([
    ['with PCM', { oggOpusEncoder: true }, "oggOpusEncoder needs audioFormat 'ogg_opus', got PCM"],
    [
      'if it is off, with a listener for its output',
      { audioFormat: 1, onEncodedAudio: () => 0 },
      'onEncodedAudio needs oggOpusEncoder',
    ],
    [
      'with frames of 30 ms',
      { audioFormat: 1, oggOpusEncoder: { frameDurationMs: 30 } },
      'oggOpusEncoder.frameDurationMs',
    ],
    ['with 5 kbit/s', { audioFormat: 1, oggOpusEncoder: { bitrate: 5_000 } }, 'from 6000 to 510000'],
  ])('is refused %s', (_what, options, message) => {
    expect(() => newAvatarSession({ ...base, ...options } as AvatarSessionOptions)).toThrow(RangeError);
    expect(() => newAvatarSession({ ...base, ...options } as AvatarSessionOptions)).toThrow(message);
  });

  it('needs a sample rate of Opus; the error before any dial names the converter', async () => {
    const world = virtualSession(plan({ sampleRate: 44_100 }));
    const start = expect(world.session.start()).rejects.toMatchObject({
      code: 'unsupportedSampleRate',
      message: expect.stringMatching(
        /8000, 12000, 16000, 24000, 48000 Hz, got 44100: speak\(source, \{ format/,
      ) as string,
    });
    await world.clock.settle();
    await start;
    expect(world.tokenReasons).toEqual([]);
  });

  it('uses the bitrate of the session if it has none', async () => {
    const seen: (number | undefined)[] = [];
    for (const [bitrate, own] of [
      [0, undefined],
      [24_000, undefined],
      [24_000, 12_000],
    ] as const) {
      const createEncoder: typeof createRawOpusEncoder = (settings) => {
        seen.push((settings as { bitrate?: number }).bitrate);
        return createRawOpusEncoder(settings);
      };
      const world = await startedVirtualSession(
        plan({ bitrate, oggOpusEncoder: { createEncoder, bitrate: own } }),
      );
      await world.session.speak().end(audio(1));
    }
    expect(seen).toEqual([undefined, 24_000, 12_000]);
  });
});
