// @ts-check
/**
 * Measures the cost of observing a session: with a subscriber of every channel, and with OpenTelemetry and
 * its SDK. `raw` is the same session without both. The work is a chunk of audio, a message with a keyframe,
 * and a sentence of one second with its answer.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, BatchSpanProcessor, InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { CHANNELS } from 'avatarkit-session';
import { instrument } from 'avatarkit-session/opentelemetry';
import { openSession, startPeer } from '../ends.mjs';
import { compare, cpuEach, turn } from '../measure.mjs';

const SENTENCE_CHUNKS = 50;

/**
 * Starts the observation, and returns a function that ends it.
 * @type {{ readonly [who: string]: () => () => void }}
 */
const WATCHERS = {
  raw: () => () => undefined,
  'channels with subscribers': () => {
    const ignore = () => undefined;
    const names = Object.values(CHANNELS).flatMap((name) => [
      name,
      ...['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((part) => `tracing:${name}:${part}`),
    ]);
    for (const name of names) subscribe(name, ignore);
    return () => names.forEach((name) => unsubscribe(name, ignore));
  },
  OpenTelemetry: () =>
    instrument({
      tracerProvider: new BasicTracerProvider({
        spanProcessors: [new BatchSpanProcessor(new InMemorySpanExporter())],
      }),
      meterProvider: new MeterProvider(),
    }),
};

/** @param {boolean} quick */
export async function measure(quick) {
  const times = quick ? 200 : 20_000;
  const sentences = quick ? 5 : 400;
  const rounds = quick ? 1 : 15;
  const peer = await startPeer({ awake: !quick });
  const session = await openSession({ ...peer.options, onFrame: () => undefined });
  const chunk = new Uint8Array(640).fill(7);

  /** @param {() => Promise<number>} round @returns {{ raw: import('../measure.mjs').Contender, [who: string]: import('../measure.mjs').Contender }} */
  const watched = (round) => {
    const contender = (/** @type {() => () => void} */ watch) => async () => {
      const stop = watch();
      // An application is observed for its whole life, so the observing code is compiled before the
      // measurement.
      await say(quick ? 1 : 300);
      const cost = await round();
      stop();
      return cost;
    };
    const { raw = () => () => undefined, ...others } = WATCHERS;
    return {
      raw: contender(raw),
      ...Object.fromEntries(Object.entries(others).map(([who, watch]) => [who, contender(watch)])),
    };
  };
  /** @param {string} name @param {() => Promise<number>} round */
  const rows = (name, round) => compare(`${name}, watched`, 'µs', rounds, watched(round));

  const send = () =>
    cpuEach(async () => {
      for (let i = 0; i < times; i += 1) {
        const sent = session.sendAudio(chunk);
        if (i % 50 === 0) await turn();
        if (i % 1_000 !== 999) continue;
        await sent;
        await session.interrupt();
      }
      await session.interrupt();
    }, times);

  const order = new DataView(new ArrayBuffer(8));
  order.setUint32(0, times);
  order.setUint32(4, 1);
  const receive = () => cpuEach(() => answered(new Uint8Array(order.buffer)), times);

  const speak = () => cpuEach(() => say(sentences), sentences);

  /** @param {number} count of sentences */
  async function say(count) {
    for (let i = 0; i < count; i += 1) {
      // The peer answers a short message, so each chunk is awaited: no chunk may be sent together with the
      // last one.
      for (let at = 1; at < SENTENCE_CHUNKS; at += 1) await session.sendAudio(chunk);
      await answered(chunk.subarray(0, 320));
    }
  }

  /** Sends the last audio of a request, and waits for its last frame. @param {Uint8Array} audio */
  function answered(audio) {
    return new Promise((resolve) => {
      session.on('frame', function onFrame(frame) {
        if (!frame.end) return;
        session.off('frame', onFrame);
        resolve(undefined);
      });
      void session.sendAudio(audio, true);
    });
  }

  const found = [
    ...(await rows('send 640 bytes', send)),
    ...(await rows('receive 1 keyframe', receive)),
    ...(await rows(`speak ${SENTENCE_CHUNKS} chunks`, speak)),
  ];
  await session.close();
  peer.stop();
  return found;
}
