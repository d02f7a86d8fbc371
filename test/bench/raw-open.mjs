// @ts-check
/**
 * Opens a session by hand, without this package: a token from the console, the upgrade, the configuration and
 * the confirmation.
 */
import { once } from 'node:events';
import { request } from 'node:http';
import WebSocket from 'ws';
import { encodeClientMessage } from '../../dist/wire/encode.js';
import { decodeServerMessage } from '../../dist/wire/decode.js';

const CONFIGURE = encodeClientMessage({
  type: 1,
  sampleRate: 16_000,
  bitrate: 0,
  audioFormat: 0,
  transportCompression: 0,
  egressType: 0,
  extraParams: {},
});

/** @param {string} consoleUrl @param {string} ingressUrl */
export async function openByHand(consoleUrl, ingressUrl) {
  const token = await mintToken(consoleUrl);
  const socket = new WebSocket(`${ingressUrl}/websocket?id=bench`, {
    perMessageDeflate: false,
    headers: { 'X-App-ID': 'bench', 'X-Session-Key': token },
  });
  socket.on('error', () => undefined);
  await once(socket, 'open');
  socket.send(CONFIGURE);
  /** @type {Buffer} */
  const answer = await new Promise((resolve) => socket.once('message', resolve));
  if (decodeServerMessage(answer).type !== 2) throw new Error('no confirmation');
  return socket;
}

/** @param {string} consoleUrl @returns {Promise<string>} */
function mintToken(consoleUrl) {
  return new Promise((resolve, reject) => {
    const headers = { 'X-Api-Key': 'bench', 'Content-Type': 'application/json' };
    const post = request(`${consoleUrl}/session-tokens`, { method: 'POST', agent: false, headers });
    post.on('error', reject);
    post.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (/** @type {string} */ part) => (text += part));
      response.on('end', () => {
        /** @type {unknown} */
        const body = JSON.parse(text);
        resolve(/** @type {{ sessionToken: string }} */ (body).sessionToken);
      });
    });
    post.end(JSON.stringify({ expireAt: Math.floor(Date.now() / 1_000) + 3_600 }));
  });
}
