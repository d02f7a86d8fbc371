// @ts-check
// A small HTTP service: audio in the request, one line of JSON per keyframe in the answer. One session serves all requests.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { AvatarSDKError, newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';

const avatarService = await AvatarEmulator.start({
  faults: [{ kind: 'close', phase: 'runtime', nth: 1, afterKeyframes: 60, code: 4503, reason: 'deploy' }],
});
const session = newAvatarSession({
  ...avatarService.credentials,
  consoleEndpointUrl: avatarService.consoleEndpointUrl,
  ingressEndpointUrl: avatarService.ingressEndpointUrl,
});
await session.start();

const server = createServer((request, response) => {
  // The request's body is a stream of audio: it is spoken as it comes in.
  const utterance = session.speak(request);
  // Whoever hangs up does not want to hear the rest.
  response.once('close', () => void utterance.interrupt());
  answer(utterance, response).catch((/** @type {unknown} */ error) => {
    if (!response.headersSent) response.writeHead(error instanceof AvatarSDKError ? 503 : 500);
    response.end(JSON.stringify({ error: error instanceof AvatarSDKError ? error : 'internal' }));
  });
});

/**
 * @param {import('avatarkit-session').Utterance} utterance
 * @param {import('node:http').ServerResponse} response
 */
async function answer(utterance, response) {
  for await (const { keyframes } of utterance) {
    for (const { jawPose } of keyframes) response.write(`${JSON.stringify({ jaw: jawPose[0] })}\n`);
  }
  response.end();
}

server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('the server has no port');

// Three clients at once, a second of audio each; the deploy in between is noticed by none of them.
const said = await Promise.all(
  [1, 2, 3].map(async () => {
    const body = new Uint8Array(32_000);
    const answered = await fetch(`http://127.0.0.1:${address.port}/`, { method: 'POST', body });
    return `HTTP ${answered.status}, ${(await answered.text()).trim().split('\n').length} keyframes`;
  }),
);
console.log(said.join('\n'));

server.close();
await session.close();
await avatarService.stop();
