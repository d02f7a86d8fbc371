// @ts-check
/**
 * A reconnect of an idle session, from the cut of its connection to the next confirmation, beside the first dial of a session (`raw`):
 * the CPU of this process. The random delay is none, and what is sent again is another subject's.
 */
import { newAvatarSession } from 'avatarkit-session';
import { startPeer } from '../ends.mjs';
import { compare, cpuEach } from '../measure.mjs';

/** @param {boolean} quick */
export async function measure(quick) {
  const times = quick ? 2 : 200;
  const peer = await startPeer({ awake: !quick });
  const options = { ...peer.options, retry: { backoff: { baseMs: 0, capMs: 0, minIntervalMs: 0 } } };
  const contenders = {
    raw: async () => {
      let cpu = 0;
      for (let i = 0; i < times; i += 1) {
        const session = newAvatarSession(options);
        cpu += await cpuEach(() => session.start(), 1);
        await session.close();
      }
      return cpu / times;
    },
    ours: async () => {
      const session = newAvatarSession(options);
      await session.start();
      let cpu = 0;
      for (let i = 0; i < times; i += 1) {
        const again = new Promise((resolve) => session.once('reconnect', resolve));
        peer.drop();
        cpu += await cpuEach(() => again, 1);
      }
      await session.close();
      return cpu / times;
    },
  };
  const rows = await compare('reconnect beside a cold dial', 'µs', quick ? 1 : 9, contenders, 2);
  peer.stop();
  return rows;
}
