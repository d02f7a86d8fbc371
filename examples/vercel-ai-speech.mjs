// @ts-check
// The AI SDK of Vercel: the avatar speaks what `generateSpeech` returns, from any provider. Runs
// without both; with your own, it needs `npm install ai` and a provider.
import { readFile } from 'node:fs/promises';
import { newAvatarSession } from 'avatarkit-session';
import { readWav, resample } from 'avatarkit-session/audio';
import { AvatarEmulator } from 'avatarkit-session/emulator';

/** The rate of the session, Hz. */
const RATE = 16_000;

/**
 * @typedef {{ text: string, outputFormat: string, abortSignal: AbortSignal }} SpeechRequest without the model, which the caller adds
 * @param {import('avatarkit-session').Session} session at 16 kHz
 * @param {(request: SpeechRequest) => Promise<{ audio: { uint8Array: Uint8Array, format: string } }>} generate
 * @param {string} text
 */
export function say(session, generate, text) {
  return session.speak(async (abortSignal) => {
    // WAV: it says the rate itself. An interrupt aborts the request.
    const { audio } = await generate({ text, outputFormat: 'wav', abortSignal });
    if (audio.format !== 'wav') throw new Error(`the provider gave ${audio.format} instead of wav`);
    const { pcm, sampleRateHz } = await readWav(audio.uint8Array);
    return sampleRateHz === RATE ? pcm : resample(pcm, { fromHz: sampleRateHz, toHz: RATE });
  });
}

if (process.getBuiltinModule('node:fs').realpathSync(process.argv[1] ?? '.') === import.meta.filename) {
  const service = await AvatarEmulator.start();
  const session = newAvatarSession({ ...service.sessionOptions, sampleRate: RATE });
  await session.start();
  // With the packages `ai` and `@ai-sdk/openai`:
  //   const model = openai.speech('gpt-4o-mini-tts');
  //   const generate = (request) => generateSpeech({ model, ...request });
  const recorded = new URL('audio/speech.wav', import.meta.url);
  const generate = async () => ({ audio: { uint8Array: await readFile(recorded), format: 'wav' } });
  const { outcome, keyframes } = await say(session, generate, 'Hello, I am your avatar.').finished;
  console.log(`${outcome}, ${keyframes} keyframes`);
  await session.close();
  await service.stop();
}
