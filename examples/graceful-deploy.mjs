// @ts-check
// A deploy: SIGTERM comes while avatars speak. No new utterance is accepted, the open ones finish, and no
// billed session is left.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { AvatarSession, newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';

const service = await AvatarEmulator.start({ pace: 20 });
const sessions = [1, 2, 3].map(() =>
  newAvatarSession({
    ...service.sessionOptions,
  }),
);
await Promise.all(sessions.map((session) => session.start()));

let leaving = false;
const server = createServer((_request, response) => {
  response.writeHead(leaving ? 503 : 200).end(); // the readiness probe: no new clients come
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');

process.once('SIGTERM', () => void leave());

async function leave() {
  leaving = true;
  // Less than the platform waits before it kills: terminationGracePeriodSeconds of Kubernetes is 30.
  await AvatarSession.closeAll({ drain: true, timeoutMs: 20_000 });
  server.close();
}

const spoken = sessions.map((session) => session.speak(new Uint8Array(64_000)).finished);
process.kill(process.pid, 'SIGTERM');

for (const { outcome, keyframes } of await Promise.all(spoken))
  console.log(`${outcome}, ${keyframes} keyframes`);
await once(server, 'close');
console.log(`${sessions.map(({ state }) => state).join(', ')}; open sockets: ${service.openSockets}`);
await service.stop();
// A session with the option `closeOnExit: { drain: true }` does the same by itself, where the process has nothing else to stop.
