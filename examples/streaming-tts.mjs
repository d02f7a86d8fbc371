// @ts-check
// Streaming TTS: speech goes out as the TTS service makes it, and frames come in meanwhile. Backpressure is `await write`.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';

const service = await AvatarEmulator.start();
const session = newAvatarSession({
  ...service.sessionOptions,
  sampleRate: 16_000,
});
await session.start();

/**
 * Stands for a TTS service: 16-bit mono PCM at 16 kHz, in pieces of 100 ms, 25 characters a second.
 * @param {string} text
 */
async function* tts(text) {
  const pieces = Math.ceil(text.length / 2.5);
  for (let piece = 0; piece < pieces; piece += 1) {
    await new Promise((resolve) => setImmediate(resolve)); // the service's time
    yield new Uint8Array(3_200);
  }
}

// 1. The source is an async iterable: it is written and ended by itself.
const { keyframes } = await session.speak(tts('Hello, I am your avatar.')).finished;
console.log(`an iterable: ${keyframes} keyframes`);

// 2. Chunk by chunk: to watch the source, or to write parts of several sources.
const utterance = session.speak();
const frames = (async () => {
  let count = 0;
  for await (const frame of utterance) count += frame.keyframes.length;
  return count;
})();
for await (const chunk of tts('What can I do for you?')) await utterance.write(chunk);
await utterance.end();
console.log(`by write: ${await frames} keyframes`);

// 3. A Node stream, such as the body of an HTTP answer.
const streamed = session.speak();
await pipeline(Readable.from(tts('Goodbye.')), streamed.writable);
console.log(`a stream: ${(await streamed.finished).keyframes} keyframes`);

await session.close();
await service.stop();
