/**
 * Speaks for two seconds over a connection that breaks. Prints how many keyframes arrived, and how often the
 * session reconnected.
 */
import { newAvatarSession } from 'avatarkit-session';

export async function speak() {
  /** @type {{ appId: string, avatarId: string, apiKey: string, consoleEndpointUrl: string, ingressEndpointUrl: string }} */
  const options = JSON.parse(process.env['SERVICE'] ?? '');
  let [frames, reconnects] = [0, 0];
  const session = newAvatarSession({ ...options, onFrame: ({ keyframes }) => (frames += keyframes.length) });
  session.on('reconnect', () => (reconnects += 1));
  await session.start();
  await session.speak(new Uint8Array(64_000)).finished;
  await session.close();
  return `${frames} keyframes, ${reconnects} reconnect`;
}
