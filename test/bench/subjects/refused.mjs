// @ts-check
/** What a refused upgrade costs: an error with a code, a phase and a remediation, beside the bare status. */
import WebSocket from 'ws';
import { newAvatarSession } from 'avatarkit-session';
import { startPeer } from '../ends.mjs';
import { compare, cpuEach } from '../measure.mjs';

/** @param {boolean} quick */
export async function measure(quick) {
  const count = quick ? 10 : 500;
  const peer = await startPeer({ awake: !quick });
  const { options, refusedUrl } = peer;
  /** @param {() => Promise<unknown>} attempt */
  const contender = (attempt) => () =>
    cpuEach(async () => {
      for (let i = 0; i < count; i += 1) await attempt();
    }, count);
  const { appId, avatarId } = options;
  const refused = {
    appId,
    avatarId,
    ingressEndpointUrl: refusedUrl,
    tokenProvider: () => Promise.resolve('bench'),
    retry: /** @type {const} */ (false),
    connectGate: /** @type {const} */ (false),
  };
  const rows = await compare('refused upgrade', 'µs', quick ? 1 : 9, {
    raw: contender(async () => {
      const socket = new WebSocket(`${refusedUrl}/websocket?id=bench`, { perMessageDeflate: false });
      socket.on('error', () => undefined);
      /** @type {import('node:http').IncomingMessage} */
      const answer = await new Promise((resolve) => {
        socket.on('unexpected-response', (_request, response) => resolve(response));
      });
      // Not `once`, which rejects at the error that `terminate` reports.
      const closed = new Promise((resolve) => socket.on('close', resolve));
      answer.resume();
      socket.terminate();
      await closed;
    }),
    ours: contender(() =>
      newAvatarSession(refused)
        .start()
        .catch(() => undefined),
    ),
  });
  peer.stop();
  return rows;
}
