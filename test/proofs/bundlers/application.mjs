/** What each bundler makes one program of: two seconds of speech over a connection that breaks, and every frame once. */
import { newAvatarSession } from 'avatarkit-session';

/** @type {{ appId: string, avatarId: string, apiKey: string, consoleEndpointUrl: string, ingressEndpointUrl: string }} */
const options = JSON.parse(process.env['SERVICE'] ?? '');
let [frames, reconnects] = [0, 0];
const session = newAvatarSession({ ...options, onFrame: ({ keyframes }) => (frames += keyframes.length) });
session.on('reconnect', () => (reconnects += 1));

async function speak() {
  await session.start();
  await session.speak(new Uint8Array(64_000)).finished;
  await session.close();
  process.stdout.write(`${frames} keyframes, ${reconnects} reconnect\n`);
}

void speak();
