// @ts-check
// An HTTP service with one avatar for each client: audio in the request, one line of JSON per keyframe in the answer.
import { createServer } from 'node:http';
import { once } from 'node:events';
import { AvatarSDKError, AvatarSession, newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';

const avatarService = await AvatarEmulator.start({
  faults: [{ kind: 'close', phase: 'runtime', nth: 1, afterKeyframes: 10, code: 4503, reason: 'deploy' }],
});

/** @type {Map<string, import('avatarkit-session').AvatarSession>} a session for each client, made with its first request */
const sessions = new Map();

/** @param {string} client */
function sessionOf(client) {
  const known = sessions.get(client);
  if (known !== undefined) return known;
  const session = newAvatarSession({
    ...avatarService.sessionOptions,
    onClose: () => sessions.delete(client),
  });
  sessions.set(client, session);
  void session.start(); // what is said meanwhile waits; a start that fails fails it, too
  return session;
}

const server = createServer((request, response) => void answer(request, response));

/** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} response */
async function answer(request, response) {
  const utterance = sessionOf(request.url ?? '').speak(request); // its body is a stream of audio; not destroyed at a failure
  response.once('close', () => void utterance.interrupt()); // the client has hung up
  try {
    for await (const { keyframes } of utterance)
      for (const { jawPose } of keyframes) response.write(`${JSON.stringify({ jaw: jawPose[0] })}\n`);
  } catch (error) {
    if (!response.headersSent) response.writeHead(503);
    response.write(JSON.stringify({ error: AvatarSDKError.is(error) ? error.code : 'internal' }));
  }
  response.end();
}

await once(server.listen(0, '127.0.0.1'), 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());

// Three clients at once, a second of audio each; one meets a deploy and does not notice it. A fourth sends a WAV file with its header.
const said = await Promise.all(
  Object.entries({ ada: '', bob: '', cy: '', dee: 'RIFF----WAVEfmt ' }).map(async ([client, header]) => {
    const body = header.padEnd(32_000, '\0');
    const answered = await fetch(`http://127.0.0.1:${port}/${client}`, { method: 'POST', body });
    const lines = (await answered.text()).trim().split('\n');
    return `HTTP ${answered.status}, ${answered.ok ? `${lines.length} keyframes` : lines.join()}`;
  }),
);
console.log(said.join('\n'));
server.close();
await AvatarSession.closeAll();
await avatarService.stop();
