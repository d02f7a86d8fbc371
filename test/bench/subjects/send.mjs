// @ts-check
/**
 * Measures the cost of sending a chunk of audio: fifty chunks in one turn of the event loop, and one chunk
 * per turn.
 */
import { openBareAndWrapped, openSession, startPeer } from '../ends.mjs';
import { compare, cpuEach, turn } from '../measure.mjs';

/** @param {boolean} quick */
export async function measure(quick) {
  const sends = quick ? 200 : 20_000;
  const peer = await startPeer({ awake: !quick });
  const others = await openBareAndWrapped(peer.rawUrl);
  const { raw, control, wrappers } = others;
  const session = await openSession(peer.options);
  /** @type {Promise<unknown> | undefined} */
  let latest;
  const send = (/** @type {Uint8Array} */ chunk) => (latest = session.sendAudio(chunk));
  // Waits until all audio is sent, because audio that is not sent would cost nothing.
  const finish = async () => {
    await latest;
    await session.interrupt();
  };
  // The session learns at first how many bytes may be in transit. After this speech it has learned it.
  for (let megabytes = 0; megabytes < (quick ? 1 : 64); megabytes += 1) {
    await send(new Uint8Array(1024 * 1024));
    await finish();
  }
  const rows = [];
  for (const bytes of [640, 3_200]) {
    const chunk = new Uint8Array(bytes).fill(7);
    for (const perTurn of [50, 1]) {
      /** @param {() => unknown} send @param {() => unknown} [afterwards] */
      const contender = (send, afterwards) => () =>
        cpuEach(async () => {
          for (let i = 0; i < sends; i += 1) {
            send();
            if (i % perTurn === 0) await turn();
            // A long sentence: twenty seconds of speech.
            if (i % 1_000 === 999) await afterwards?.();
          }
        }, sends);
      /** @type {{ [who: string]: import('../measure.mjs').Contender }} */
      const wrapped = {};
      for (const [name, wrapper] of Object.entries(wrappers))
        wrapped[name] = contender(() => wrapper.send(chunk));
      rows.push(
        ...(await compare(`send ${bytes} bytes, ${perTurn} a turn`, 'µs', quick ? 1 : 9, {
          raw: contender(() => raw.send(chunk)),
          'a second raw': contender(() => control.send(chunk)),
          ours: contender(() => send(chunk), finish),
          ...wrapped,
        })),
      );
    }
  }
  await session.close();
  others.close();
  peer.stop();
  return rows;
}
