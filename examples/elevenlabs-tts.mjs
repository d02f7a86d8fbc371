// @ts-check
// ElevenLabs over a WebSocket: text goes out as the model writes it, and speech comes in meanwhile. Needs `npm install ws`.
import { on, once } from 'node:events';
import { newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';
import { WebSocket } from 'ws';
const parse = /** @type {(text: string) => unknown} */ (JSON.parse);

/**
 * The speech of one answer, as PCM at the rate of `output_format`. Ends the socket, also at an interrupt.
 * @param {WebSocket} tts `…/stream-input?output_format=pcm_16000`, one for each answer
 * @param {Iterable<string> | AsyncIterable<string>} texts whole words
 * @param {AbortSignal} signal
 */
export async function* elevenLabsSpeech(tts, texts, signal) {
  const send = (/** @type {object} */ message) => tts.send(JSON.stringify(message));
  tts.on('error', () => undefined); // What waits for the socket rejects with it.
  try {
    await once(tts, 'open', { signal });
    const messages = on(tts, 'message', { signal, close: ['close'] });
    send({ text: ' ', voice_settings: { stability: 0.5 } });
    void write(texts, send, signal).catch(() => tts.close()); // What the model has not written is not said.
    for await (const [data] of messages) {
      const { audio, isFinal, error, message } =
        /** @type {{ audio?: string | null, isFinal?: boolean | null, error?: string, message?: string }} */ (
          parse(String(data))
        );
      if (error !== undefined) throw new Error(`ElevenLabs: ${message ?? error}`);
      if (typeof audio === 'string') yield Buffer.from(audio, 'base64');
      if (isFinal === true) return;
    }
    throw new Error('ElevenLabs closed the socket before the end of the speech');
  } finally {
    tts.close();
  }
}

/** @type {(texts: Iterable<string> | AsyncIterable<string>, send: (message: object) => void, signal: AbortSignal) => Promise<void>} */
async function write(texts, send, signal) {
  for await (const text of texts) {
    if (!signal.aborted) send({ text: `${text} ` });
  }
  send({ text: '' }); // the end: what is left is said
}

if (process.getBuiltinModule('node:fs').realpathSync(process.argv[1] ?? '.') === import.meta.filename) {
  const { ELEVENLABS_API_KEY: key, ELEVENLABS_URL: url = 'wss://api.elevenlabs.io' } = process.env;
  if (!key) {
    console.error('set ELEVENLABS_API_KEY in the environment');
    process.exit(1);
  }
  const service = await AvatarEmulator.start();
  const session = newAvatarSession({ ...service.sessionOptions, sampleRate: 16_000 });
  await session.start();
  const path = '/v1/text-to-speech/21m00Tcm4TlvDq8ikWAM/stream-input?output_format=pcm_16000';
  const socket = () => new WebSocket(`${url}${path}`, { headers: { 'xi-api-key': key } });
  const words = ['Hello,', 'I am', 'your avatar.'];
  const said = session.speak((signal) => elevenLabsSpeech(socket(), words, signal));
  const { outcome, keyframes } = await said.finished;
  console.log(`${outcome}, ${keyframes} keyframes`);
  await session.close();
  await service.stop();
}
