// @ts-check
/**
 * A reconnect of an idle session, from the cut of its connection to the next confirmation, beside the first dial of a session (`raw`):
 * the CPU of this process. The random delay is none, and what is sent again is another subject's.
 */
import { newAvatarSession } from 'avatarkit-session';
import { startPeer } from '../ends.mjs';
import { compare, cpuOfPiece } from '../measure.mjs';

/** @param {boolean} quick */
export async function measure(quick) {
  const [rounds, warmUps, pieces] = quick ? [1, 0, 1] : [21, 8, 8];
  const times = quick ? 2 : 25;
  const peer = await startPeer({ awake: !quick });
  const options = { ...peer.options, retry: { backoff: { baseMs: 0, capMs: 0, minIntervalMs: 0 } } };
  // In pieces of some dials: what a dial leaves to be done would fall into the time of the next contender.
  const coldDials = async () => {
    let cpu = 0;
    for (let i = 0; i < times; i += 1) {
      const session = newAvatarSession(options);
      cpu += await cpuOfPiece(() => session.start(), times);
      await session.close();
    }
    return cpu;
  };
  const reconnects = async () => {
    const session = newAvatarSession(options);
    await session.start();
    let cpu = 0;
    for (let i = 0; i < times; i += 1) {
      const again = new Promise((resolve) => session.once('reconnect', resolve));
      peer.drop();
      cpu += await cpuOfPiece(() => again, times);
    }
    await session.close();
    return cpu;
  };
  const contenders = { raw: coldDials, 'a second raw': coldDials, ours: reconnects };
  const rows = await compare('reconnect beside a cold dial', 'µs', rounds, contenders, warmUps, pieces);
  peer.stop();
  return rows;
}
