// @ts-check
/**
 * A reconnect of an idle session, from the cut of its connection to the next confirmation, beside the first dial of a session (`raw`):
 * the CPU of this process. The random delay is none, and what is sent again is another subject's. And the same by hand, a bare socket that
 * is dialled again when it was cut, beside a bare dial: a reconnect costs so much more before a session has done anything. The last row is
 * the first one without that part.
 */
import { once } from 'node:events';
import { newAvatarSession } from 'avatarkit-session';
import { startPeer } from '../ends.mjs';
import { alone, compare, cpuOfPiece, turn } from '../measure.mjs';
import { openByHand } from '../raw-open.mjs';

/** @param {boolean} quick */
export async function measure(quick) {
  const [rounds, warmUps, pieces] = quick ? [1, 0, 1] : [21, 8, 8];
  const times = quick ? 2 : 25;
  const peer = await startPeer({ awake: !quick });
  const session = reconnecting(peer, times);
  const contenders = { raw: session.coldDials, 'a second raw': session.coldDials, ours: session.reconnects };
  const rows = await compare('reconnect beside a cold dial', 'µs', rounds, contenders, warmUps, pieces);
  const bare = byHand(peer, times);
  const bareOnes = { raw: bare.coldDials, 'a second raw': bare.coldDials, 'by hand': bare.reconnects };
  const name = 'reconnect beside a cold dial, both by hand';
  rows.push(...(await compare(name, 'µs', rounds, bareOnes, warmUps, pieces)));
  peer.stop();
  return [...rows, ownRow(rows)];
}

/**
 * The reconnect without the cut itself: the end of the lost socket in `ws`, Node and the system, which a dial by hand after a cut has as well.
 * @param {readonly import('../measure.mjs').Row[]} rows
 */
function ownRow(rows) {
  const ours = rows.find(({ who }) => who === 'ours');
  const byHand = rows.find(({ who }) => who === 'by hand');
  if (ours === undefined || byHand === undefined) throw new Error('the rows of the reconnect are missing');
  const value = ours.value - (byHand.value - byHand.raw);
  const own = alone('reconnect beside a cold dial, without the cut', 'ours', 'µs', value);
  return { ...own, raw: ours.raw, ratio: value / ours.raw };
}

/**
 * In pieces of some dials: what a dial leaves to be done would fall into the time of the next contender.
 * @param {Peer} peer @param {number} times
 */
function reconnecting(peer, times) {
  const options = { ...peer.options, retry: { backoff: { baseMs: 0, capMs: 0, minIntervalMs: 0 } } };
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
  return { coldDials, reconnects };
}

/** @param {Peer} peer @param {number} times */
function byHand(peer, times) {
  const { consoleEndpointUrl, ingressEndpointUrl } = peer.options;
  const dial = () => openByHand(consoleEndpointUrl, ingressEndpointUrl);
  /** @param {import('ws').WebSocket} socket */
  const close = async (socket) => {
    const closed = once(socket, 'close');
    socket.close(1_000);
    await closed;
  };
  const coldDials = async () => {
    let cpu = 0;
    for (let i = 0; i < times; i += 1) {
      /** @type {import('ws').WebSocket | undefined} */
      let socket;
      cpu += await cpuOfPiece(async () => (socket = await dial()), times);
      if (socket !== undefined) await close(socket);
    }
    return cpu;
  };
  const reconnects = async () => {
    let socket = await dial();
    let cpu = 0;
    for (let i = 0; i < times; i += 1) {
      const cut = once(socket, 'close');
      peer.drop();
      cpu += await cpuOfPiece(async () => {
        await cut;
        // As a session waits where its delay is none.
        await turn();
        socket = await dial();
      }, times);
    }
    await close(socket);
    return cpu;
  };
  return { coldDials, reconnects };
}

/** @typedef {Awaited<ReturnType<typeof startPeer>>} Peer */
