// @ts-check
/** From the drop of a connection to the next one, with next to no backoff, beside the first dial (`raw`): wall time. */
import { newAvatarSession } from 'avatarkit-session';
import { startPeer } from '../ends.mjs';
import { compare } from '../measure.mjs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Dials of one session keep 100 ms apart. */
const APART_MS = 120;
const DROP = new Uint8Array(4);

/** @param {boolean} quick */
export async function measure(quick) {
  const times = quick ? 1 : 20;
  const peer = await startPeer({ awake: !quick });
  const options = { ...peer.options, retry: { backoff: { baseMs: 1, capMs: 1 } } };
  /** @param {'cold' | 'again'} which */
  const contender = (which) => async () => {
    let tookMs = 0;
    for (let i = 0; i < times; i += 1) {
      const session = newAvatarSession(options);
      const startedAtMs = performance.now();
      await session.start();
      if (which === 'cold') tookMs += performance.now() - startedAtMs;
      else {
        await sleep(APART_MS);
        const again = new Promise((resolve) => session.once('reconnect', resolve));
        const droppedAtMs = performance.now();
        void session.sendAudio(DROP);
        await again;
        tookMs += performance.now() - droppedAtMs;
      }
      await session.close();
    }
    return tookMs / times;
  };
  const contenders = { raw: contender('cold'), ours: contender('again') };
  const rows = await compare('reconnect beside a cold dial', 'ms', quick ? 1 : 7, contenders, 1);
  peer.stop();
  return rows;
}
