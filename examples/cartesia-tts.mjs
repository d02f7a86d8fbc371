// @ts-check
// Cartesia over a WebSocket: one socket for many sentences, floats at 24 kHz, and a cancel at an interrupt. Needs `npm install ws`.
import { randomUUID } from 'node:crypto';
import { on, once } from 'node:events';
import { newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';
import { WebSocket } from 'ws';
const parse = /** @type {(text: string) => unknown} */ (JSON.parse);
const VOICE = { mode: 'id', id: 'a0e99841-438c-4a64-b679-ae501e7d6091' };
/** The sample rate of the request to Cartesia and of `speak()`. */
const FORMAT = /** @type {const} */ ({ encoding: 'pcm_f32le', sampleRateHz: 24_000 });

/**
 * The speech of a sentence.
 * @param {WebSocket} tts open, for all sentences
 * @param {string} transcript
 * @param {AbortSignal} signal
 */
export async function* cartesiaSpeech(tts, transcript, signal) {
  const context_id = randomUUID();
  const output_format = { container: 'raw', encoding: FORMAT.encoding, sample_rate: FORMAT.sampleRateHz };
  const messages = on(tts, 'message', { signal, close: ['close'] });
  tts.send(JSON.stringify({ model_id: 'sonic-3', voice: VOICE, output_format, context_id, transcript }));
  const cancel = () => tts.send(JSON.stringify({ context_id, cancel: true }));
  signal.addEventListener('abort', cancel);
  try {
    for await (const [data] of messages) {
      const message = /** @type {{ type: string, context_id: string, data: string, error?: string }} */ (
        parse(String(data))
      );
      if (message.context_id !== context_id) continue; // of another sentence
      if (message.type === 'error') throw new Error(`Cartesia: ${message.error}`);
      if (message.type === 'chunk') yield Buffer.from(message.data, 'base64');
      if (message.type === 'done') return;
    }
    throw new Error('Cartesia closed the socket before the end of the speech');
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

if (process.getBuiltinModule('node:fs').realpathSync(process.argv[1] ?? '.') === import.meta.filename) {
  const { CARTESIA_API_KEY: key, CARTESIA_URL: url = 'wss://api.cartesia.ai' } = process.env;
  if (!key) {
    console.error('set CARTESIA_API_KEY in the environment');
    process.exit(1);
  }
  const service = await AvatarEmulator.start();
  const session = newAvatarSession(service.sessionOptions);
  const headers = { 'X-API-Key': key, 'Cartesia-Version': '2025-04-16' };
  const tts = new WebSocket(`${url}/tts/websocket`, { headers });
  await Promise.all([session.start(), once(tts, 'open')]);
  const say = (/** @type {string} */ text) =>
    session.speak((signal) => cartesiaSpeech(tts, text, signal), { format: FORMAT });
  const short = await say('Hello, I am your avatar.').finished;
  console.log(`${short.outcome}, ${short.keyframes} keyframes`);
  const long = say('A long story.');
  long.once('frame', () => void long.interrupt());
  console.log((await long.finished).outcome);
  tts.close();
  await session.close();
  await service.stop();
}
