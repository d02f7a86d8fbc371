// @ts-check
/**
 * Measures the wall time from the last chunk of a sentence to its last frame, one sentence after the other:
 * the median and the slow ones.
 */
import { encodeClientMessage } from '../../../dist/wire/encode.js';
import { openRaw, openSession, startPeer } from '../ends.mjs';
import { compare } from '../measure.mjs';

/** @param {boolean} quick */
export async function measure(quick) {
  const trips = quick ? 20 : 2_000;
  const peer = await startPeer({ awake: !quick });
  const raw = await openRaw(peer.rawUrl);
  const session = await openSession(peer.options);
  const audio = new Uint8Array(320).fill(7);
  const reqId = '20260101000000_abcdefghijkl';

  const rawTrip = () =>
    new Promise((resolve) => {
      raw.once('message', resolve);
      raw.send(encodeClientMessage({ type: 3, reqId, end: true, audio }));
    });
  const sessionTrip = () =>
    new Promise((resolve) => {
      session.once('frame', resolve);
      void session.sendAudio(audio, true);
    });
  /** @param {() => Promise<unknown>} trip @param {number} part */
  const contender = (trip, part) => async () => {
    const tookMs = [];
    for (let i = 0; i < trips; i += 1) {
      const sentAtMs = performance.now();
      await trip();
      tookMs.push(performance.now() - sentAtMs);
    }
    return 1_000 * (tookMs.toSorted((a, b) => a - b)[Math.floor(part * (trips - 1))] ?? NaN);
  };
  const rows = [];
  for (const [name, part] of /** @type {const} */ ([
    ['p50', 0.5],
    ['p99', 0.99],
  ])) {
    const contenders = { raw: contender(rawTrip, part), ours: contender(sessionTrip, part) };
    rows.push(...(await compare(`round trip, ${name}`, 'µs', quick ? 1 : 7, contenders)));
  }
  await session.close();
  raw.terminate();
  peer.stop();
  return rows;
}
