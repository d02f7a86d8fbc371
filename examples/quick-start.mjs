// @ts-check
// One session that speaks while the service cuts the connection in mid-sentence. Nothing is lost, nothing comes twice.
import { newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';

// The embedded service, so that this runs anywhere; with a real one give apiKey, appId, avatarId and region.
const service = await AvatarEmulator.start({
  faults: [{ kind: 'reset', phase: 'runtime', nth: 1, afterKeyframes: 30 }],
});

const session = newAvatarSession({
  ...service.sessionOptions,
  sampleRate: 16_000,
  onError: (error) => console.log(`${error.code} in ${error.phase}, the session goes on: ${error.willRetry}`),
  onReconnect: ({ error }) => console.log(`reconnected after ${error.code}`),
});

await session.start();
const utterance = session.speak(tone(2_000));
let keyframes = 0;
for await (const frame of utterance) keyframes += frame.keyframes.length;

const { outcome } = await utterance.finished;
console.log(`2 seconds of audio, ${keyframes} keyframes, ${outcome}`);

await session.close();
await service.stop();

/**
 * Mono 16-bit samples at 16 kHz; your application has speech here.
 * @param {number} durationMs
 */
function tone(durationMs) {
  const samples = Int16Array.from({ length: durationMs * 16 }, (_, at) => 8_000 * Math.sin(at / 12));
  return new Uint8Array(samples.buffer);
}
