// @ts-check
// A LiveKit room: the service publishes the avatar there. A token for each dial, and an answer that the user
// interrupts.
import { newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';

// In a room the emulator plays in real time; ten times faster here.
const service = await AvatarEmulator.start({ playoutSpeed: 10, playbackStateIntervalMs: 20 });
let minted = 0;

const session = newAvatarSession({
  ...service.sessionOptions,
  livekitEgress: async ({ reason, signal }) => ({
    url: 'wss://livekit.example',
    roomName: 'lobby',
    publisherId: 'avatar',
    apiToken: await roomToken(reason, signal), // called for every dial: room tokens expire
  }),
  onPlayback: ({ state }) => console.log(`the room: ${state}`),
  onReconnect: ({ error }) => console.log(`reconnected after ${error.code}`),
});

/**
 * With `livekit-server-sdk`: `new AccessToken(key, secret, { identity: 'avatar' }).toJwt()`.
 * @param {string} reason
 * @param {AbortSignal} signal
 */
async function roomToken(reason, signal) {
  signal.throwIfAborted();
  minted += 1;
  return Promise.resolve(`token-${minted}-for-this-${reason}`);
}

await session.start();

// Barge-in: the user begins to speak, so the avatar stops. In your application this is the event of the voice
// detection.
const answer = session.speak(new Uint8Array(320_000)); // ten seconds
await new Promise((resolve) => session.once('playback', resolve));
await answer.interrupt();
const { outcome, positionMs } = await answer.finished; // how far the room heard it: what the conversation goes on from
console.log(`${outcome}, heard less than all of it: ${positionMs < 10_000}`);

// The connection is lost: the next dial has a token of its own.
const reconnected = new Promise((resolve) => session.once('reconnect', resolve));
service.inject({ kind: 'reset', phase: 'runtime' });
await reconnected;
await session.speak(new Uint8Array(32_000)).finished;
console.log(`${minted} tokens`);

await session.close();
await service.stop();
