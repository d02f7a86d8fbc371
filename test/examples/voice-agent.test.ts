/**
 * The transcript of the example's voice agent, compared word by word with the playback that the service
 * reports, for a hundred random barge-ins under faults (`npm run prove -- searches`: three hundred). The
 * samples of every 10 ms of speech contain a unique number, so that the audio which the service received can
 * be identified.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { voiceAgent } from '../../examples/voice-agent.mjs';
import { AvatarEmulator, createVirtualClock, FAULT_PLANS } from '../../src/emulator/index.js';
import type { Fault, HeardRequest } from '../../src/emulator/index.js';
import { createSeededRandom, KEYFRAMES_PER_SECOND, newAvatarSession } from '../../src/index.js';
import type { UtteranceHandle } from '../../src/index.js';
import { searched } from '../support/search.js';

const BARGE_INS = searched(300, 100);
const BARGE_INS_OF_A_WORLD = 10;
const TOLERANCE_MS = 150;
const KEYFRAME_MS = 1_000 / KEYFRAMES_PER_SECOND;
const SLOT_MS = 10;
const SLOT_SAMPLES = 160;
const ROOM = { url: 'wss://room.example', apiToken: 'token', roomName: 'lobby', publisherId: 'avatar' };

/** The faults of the connection, for all playback sources. */
const FAULTS: readonly Fault[] = [
  ...FAULT_PLANS.chaos,
  { kind: 'framesAfterInterrupt', phase: 'runtime', probability: 0.5, times: 'always', overMs: 400 },
];

/** One synthesized word: the numbers of its 10 ms slots, from `from` up to but not including `to`. */
interface SpokenWord {
  readonly word: string;
  readonly from: number;
  readonly to: number;
  /** The position of its middle in the sentence. */
  readonly middleMs: number;
}

interface World {
  readonly bargeIns: number;
  readonly faults: number;
  readonly replayed: number;
  /**
   * The duration of the frames that the player has shown, and the highest number of sentences that it showed
   * at the same time.
   */
  readonly shownMs: number;
  readonly shownAtOnce: number;
  /** The lines of the agent, each with its words. */
  readonly lines: readonly (readonly string[])[];
  readonly sentences: readonly (readonly SpokenWord[])[];
  /** The numbers of the 10 ms slots that were played. */
  readonly heard: ReadonlySet<number>;
  /** The end of each sentence by the playback events, and the first number of the sentence. */
  readonly ends: readonly { readonly first: number; readonly positionMs: number }[];
}

/**
 * The source of the playback position. `service`: it sends in real time, one request after the other, and
 * frames are shown on arrival. `room`: the room plays the speech. `player`: the service sends all frames at
 * once, and the application shows them in real time.
 */
type PlaybackSource = 'service' | 'room' | 'player';

async function converse(seed: number, playbackSource: PlaybackSource): Promise<World> {
  const inRoom = playbackSource === 'room';
  const random = createSeededRandom(seed);
  const upTo = (most: number): number => Math.floor(random.next() * most);
  const clock = createVirtualClock();
  // A service that has stopped sending still plays in its room. The session can neither stop nor observe
  // that.
  const faults = FAULTS.filter(({ kind }) => !inRoom || kind !== 'silence');
  const manner =
    playbackSource === 'player' ? ({ pace: 'unpaced' } as const) : ({ overlap: 'queue' } as const);
  const options = { clock, seed, latencyMs: 20, faults, ...manner };
  const emulator = await AvatarEmulator.start(options);
  const session = newAvatarSession({
    ...emulator.sessionOptions,
    profile: 'interactive',
    ...(inRoom ? { livekitEgress: ROOM } : {}),
  });
  const sentences: SpokenWord[][] = [];
  const reported: { readonly reqId: string; readonly positionMs: number }[] = [];
  session.on('playback', (event) => {
    if (event.state === 'ended' || event.state === 'interrupted') reported.push(event);
  });
  let slots = 0;

  async function* languageModel(): AsyncGenerator<string> {
    await clock.sleep(upTo(1_000));
    for (let count = 1 + upTo(4); count > 0; count -= 1) {
      await clock.sleep(upTo(300));
      yield 'Something. ';
    }
  }
  async function* synthesize(): AsyncGenerator<{ word: string; audio: Uint8Array }> {
    const sentence: SpokenWord[] = [];
    sentences.push(sentence);
    let startMs = 0;
    for (let count = 2 + upTo(6); count > 0; count -= 1) {
      // The first word is available at once, so that sentences reach the service in order.
      if (sentence.length > 0) await clock.sleep(upTo(60));
      const from = slots + 1;
      slots += 12 + 4 * upTo(10);
      const word = `w${from}`;
      const durationMs = (slots + 1 - from) * SLOT_MS;
      sentence.push({ word, from, to: slots + 1, middleMs: startMs + durationMs / 2 });
      startMs += durationMs;
      yield { word, audio: numbered(from, slots + 1) };
    }
  }

  const shownMs = new Map<string, number>();
  let showing = 0;
  let shownAtOnce = 0;
  async function play(utterance: UtteranceHandle): Promise<void> {
    for await (const { keyframes, end } of utterance) {
      const durationMs = keyframes.length * KEYFRAME_MS;
      if (durationMs === 0) continue;
      // The next sentence begins when the last frame of the one before has been read.
      if (!end) showing += 1;
      shownAtOnce = Math.max(shownAtOnce, showing);
      if (playbackSource === 'player') await clock.sleep(durationMs);
      if (!end) showing -= 1;
      shownMs.set(utterance.reqId, (shownMs.get(utterance.reqId) ?? 0) + durationMs);
    }
  }

  let bargeIns = 0;
  const talk = async (): Promise<void> => {
    await session.start();
    const agent = voiceAgent(session, languageModel, synthesize, play, clock.sleep);
    for (; bargeIns < BARGE_INS_OF_A_WORLD && session.state !== 'closed'; bargeIns += 1) {
      const answered = agent.answer('Go on.');
      await clock.sleep(200 + upTo(5_000));
      agent.interrupt();
      await answered;
    }
    await session.close();
    lines = agent.transcript().flatMap(({ by, text }) => (by === 'agent' ? [text.split(' ')] : []));
  };
  let lines: string[][] = [];
  await clock.run(talk());
  await clock.run(emulator.stop());
  const firstOf = new Map(emulator.heard.map((request) => [request.reqId, slotAt(request.audio, 0)]));
  const shownSlots = [...shownMs].flatMap(([reqId, ms]) => {
    const sentence = sentences.find(([word]) => word?.from === firstOf.get(reqId)) ?? [];
    return slotsOf(sentence).slice(0, Math.round(ms / SLOT_MS));
  });
  return {
    bargeIns,
    faults: emulator.log.filter(({ event }) => event === 'faultFired').length,
    replayed: emulator.heard.length - new Set(reported.map(({ reqId }) => reqId)).size,
    shownMs: [...shownMs.values()].reduce((sum, ms) => sum + ms, 0),
    shownAtOnce,
    lines,
    sentences,
    heard: new Set(playbackSource === 'player' ? shownSlots : emulator.heard.flatMap(heardSlots)),
    ends: reported.flatMap(({ reqId, positionMs }) => {
      const first = firstOf.get(reqId);
      return first === undefined ? [] : [{ first, positionMs }];
    }),
  };
}

/** PCM in slots of 10 ms: each sample of a slot has the number of the slot as its value. */
function numbered(from: number, to: number): Uint8Array {
  const samples = new Int16Array((to - from) * SLOT_SAMPLES);
  for (let slot = from; slot < to; slot += 1)
    samples.fill(slot, (slot - from) * SLOT_SAMPLES, (slot - from + 1) * SLOT_SAMPLES);
  return new Uint8Array(samples.buffer);
}

/** The number in the audio at this time. */
function slotAt(audio: Uint8Array, atMs: number): number {
  return new DataView(audio.buffer, audio.byteOffset).getInt16(Math.floor(atMs * 16) * 2, true);
}

function heardSlots({ audio, playedMs }: HeardRequest): number[] {
  const count = Math.floor(Math.min(playedMs, audio.length / 32) / SLOT_MS);
  return Array.from({ length: count }, (_, at) => slotAt(audio, at * SLOT_MS + SLOT_MS / 2));
}

/** The duration of a sentence that was played, in milliseconds. */
function heardMs(sentence: readonly SpokenWord[], heard: ReadonlySet<number>): number {
  return slotsOf(sentence).filter((slot) => heard.has(slot)).length * SLOT_MS;
}

function slotsOf(sentence: readonly SpokenWord[]): number[] {
  return sentence.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at));
}

/** The words of which more than half is before this position. */
function wordsUpTo(sentence: readonly SpokenWord[], positionMs: number): string[] {
  return sentence.filter(({ middleMs }) => middleMs <= positionMs).map(({ word }) => word);
}

describe.each<[where: string, playbackSource: PlaybackSource]>([
  ['with frames in real time', 'service'],
  ['in a room', 'room'],
  ['with frames of a service that is faster than speech', 'player'],
])('the transcript of a voice agent, %s', (_where, playbackSource) => {
  const worlds: World[] = [];
  beforeAll(async () => {
    for (let seed = 1, bargeIns = 0; bargeIns < BARGE_INS; seed += 1) {
      const world = await converse(seed, playbackSource);
      worlds.push(world);
      bargeIns += world.bargeIns;
    }
  }, 240_000);

  it('has had more faults than barge-ins, and re-sent speech', () => {
    expect(worlds.reduce((sum, { faults }) => sum + faults, 0)).toBeGreaterThan(BARGE_INS);
    expect(worlds.reduce((sum, { replayed }) => sum + replayed, 0)).toBeGreaterThan(BARGE_INS / 10);
    expect(worlds.every(({ shownMs }) => (playbackSource === 'room' ? shownMs === 0 : shownMs > 4_000))).toBe(
      true,
    );
  });

  it('has sentences that were shown one after the other', () => {
    expect(Math.max(...worlds.map(({ shownAtOnce }) => shownAtOnce))).toBe(playbackSource === 'room' ? 0 : 1);
  });

  it('has for each sentence the words that were played, by the reports of the service or the player', () => {
    for (const { lines, sentences, heard } of worlds) {
      const lineOf = new Map(lines.map((words) => [words[0], words]));
      for (const sentence of sentences) {
        const words = lineOf.get(sentence[0]?.word ?? '') ?? [];
        const byService = heardMs(sentence, heard);
        const least = wordsUpTo(sentence, byService - TOLERANCE_MS);
        const most = wordsUpTo(sentence, byService + TOLERANCE_MS);
        expect(most.slice(0, words.length)).toEqual(words);
        expect(words.slice(0, least.length)).toEqual(least);
      }
      const spoken = new Set(sentences.map(([first]) => first?.word));
      expect(lines.filter(([first]) => !spoken.has(first))).toEqual([]);
    }
  });

  it('ends within 150 ms of the position at which a sentence stopped', () => {
    const errors = worlds.flatMap(({ ends, sentences, heard }) =>
      ends.map(({ first, positionMs }) => {
        const sentence = sentences.find(([word]) => word?.from === first) ?? [];
        return Math.abs(positionMs - heardMs(sentence, heard));
      }),
    );
    expect(errors.length).toBeGreaterThan(BARGE_INS / 2);
    expect(Math.max(...errors)).toBeLessThanOrEqual(TOLERANCE_MS);
  });
});

describe('a model without output', () => {
  it('causes no filler after the answer or in the next one', async () => {
    const clock = createVirtualClock();
    const emulator = await AvatarEmulator.start({ clock });
    const session = newAvatarSession(emulator.sessionOptions);
    async function* languageModel(): AsyncGenerator<string> {
      await clock.sleep(100);
      yield* [];
    }
    const synthesize = (): readonly { word: string; audio: Uint8Array }[] => [
      { word: 'Filler', audio: new Uint8Array(12_800) },
    ];
    const play = async (utterance: UtteranceHandle): Promise<void> => {
      for await (const { keyframes } of utterance) await clock.sleep(KEYFRAME_MS * keyframes.length);
    };
    const agent = voiceAgent(session, languageModel, synthesize, play, clock.sleep);
    await clock.run(session.start());
    for (const text of ['Hi?', 'Hello?']) await clock.run(agent.answer(text));
    await clock.advance(3_000);
    expect(agent.transcript().map(({ text }) => text)).toEqual(['Hi?', 'Hello?']);
    expect(emulator.heard).toEqual([]);
    await clock.run(session.close());
  });
});
