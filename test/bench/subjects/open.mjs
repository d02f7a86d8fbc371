// @ts-check
/**
 * Measures the cost of opening and closing a session, beside the same by hand; and the duration of each phase
 * if every round trip takes 40 ms. A phase should take no longer than its round trips.
 */
import { once } from 'node:events';
import { newAvatarSession } from 'avatarkit-session';
import { startDelay } from '../delay.mjs';
import { openSession, startPeer } from '../ends.mjs';
import { alone, compare, cpuOfPiece, median } from '../measure.mjs';
import { openByHand } from '../raw-open.mjs';

const AT_ONCE = 10;
const ROUND_TRIP_MS = 40;

/** @param {boolean} quick */
export async function measure(quick) {
  const count = quick ? 10 : 30;
  const pieces = quick ? 1 : 10;
  const peer = await startPeer({ awake: !quick });
  const { consoleEndpointUrl, ingressEndpointUrl } = peer.options;
  /** @param {() => Promise<unknown>} openAndClose */
  const contender = (openAndClose) => () =>
    cpuOfPiece(async () => {
      for (let i = 0; i < count; i += AT_ONCE)
        await Promise.all(Array.from({ length: AT_ONCE }, openAndClose));
    }, count);
  const byHand = contender(async () => {
    const socket = await openByHand(consoleEndpointUrl, ingressEndpointUrl);
    const closed = once(socket, 'close');
    socket.close(1_000);
    await closed;
  });
  const contenders = {
    raw: byHand,
    'a second raw': byHand,
    ours: contender(async () => {
      const session = await openSession(peer.options);
      await session.close();
    }),
  };
  const rows = [
    // A process that has just started spends most of its time on compiling code that runs for the first time.
    ...(await compare('open and close, the first 600', 'µs', quick ? 1 : 2, contenders, 0, pieces)),
    // A process that has opened thousands of sessions.
    ...(await compare('open and close', 'µs', quick ? 1 : 31, contenders, quick ? 0 : 12, pieces)),
  ];

  const delay = await startDelay(peer.port, ROUND_TRIP_MS / 2);
  const phases = new Map([
    ['session_token', 1],
    ['websocket_connect', 2],
  ]);
  /** @type {Map<string, number[]>} */
  const tookMs = new Map([...phases.keys()].map((phase) => [phase, []]));
  for (let i = 0; i < (quick ? 1 : 15); i += 1) {
    let sinceMs = 0;
    const session = newAvatarSession({
      ...peer.options,
      consoleEndpointUrl: delay.url('http'),
      ingressEndpointUrl: delay.url('ws'),
      onStateChange: ({ from }) => {
        tookMs.get(from)?.push(performance.now() - sinceMs);
        sinceMs = performance.now();
      },
    });
    await session.start();
    await session.close();
  }
  for (const [phase, trips] of phases) {
    const name = `phase ${phase}, ${trips} round trip${trips === 1 ? '' : 's'} of ${ROUND_TRIP_MS} ms`;
    rows.push(alone(name, 'ours', 'ms', median(tookMs.get(phase) ?? [])));
  }
  delay.stop();
  peer.stop();
  return rows;
}
