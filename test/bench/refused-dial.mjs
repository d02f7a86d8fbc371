// @ts-check
/** A dial that the service refuses: by a session that is made for it and ends with it, and by hand. */
import WebSocket from 'ws';
import { newAvatarSession } from 'avatarkit-session';

export const TOKEN = 'st_Qm7vX2kLw9Rz4TnYbH8cJd6PfGs3VaUe';
/** @typedef {{ appId: string, avatarId: string, refusedUrl: string }} RefusingPeer */

/** A bare dial with the same headers, whose answer is read to its end. @param {string} url */
export async function refusedByHand(url) {
  const headers = { 'X-App-ID': 'bench', 'X-Session-Key': TOKEN, 'User-Agent': 'bench' };
  const socket = new WebSocket(`${url}/websocket?id=bench`, { perMessageDeflate: false, headers });
  socket.on('error', () => undefined);
  /** @type {import('node:http').IncomingMessage} */
  const answer = await new Promise((resolve) => {
    socket.on('unexpected-response', (_request, response) => resolve(response));
  });
  // Not `once`, which rejects at the error that `terminate` reports.
  const closed = new Promise((resolve) => socket.on('close', resolve));
  answer.resume();
  await new Promise((resolve) => answer.on('end', resolve));
  socket.terminate();
  await closed;
}

/** @param {RefusingPeer} peer @returns {() => Promise<unknown>} one session for each call */
export function refusedSession({ appId, avatarId, refusedUrl }) {
  const options = {
    appId,
    avatarId,
    ingressEndpointUrl: refusedUrl,
    tokenProvider: () => Promise.resolve(TOKEN),
    retry: /** @type {const} */ (false),
    connectGate: /** @type {const} */ (false),
  };
  return () =>
    newAvatarSession(options)
      .start()
      .catch(() => undefined);
}

/** One after the other. @param {number} count @param {() => Promise<unknown>} attempt */
export async function inTurn(count, attempt) {
  for (let i = 0; i < count; i += 1) await attempt();
}
