// @ts-check
// OpenAI Realtime: the avatar speaks the model's audio; after an interrupt the model keeps only what was played. Needs `npm install ws`.
import { newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';
import { WebSocket } from 'ws';
const parse = /** @type {(text: string) => unknown} */ (JSON.parse);

/**
 * @param {import('avatarkit-session').Session} session at 24 kHz
 * @param {WebSocket} model a Realtime session whose output is `audio/pcm`, with a turn detection of its server
 * @param {(utterance: import('avatarkit-session').UtteranceHandle) => unknown} play takes its frames as they are shown
 */
export function realtimeAvatar(session, model, play) {
  /** @type {import('avatarkit-session').UtteranceHandle | undefined} */
  let answer;
  const outcome = () => undefined; // After an interrupt, deltas still come for a while: they are refused.

  async function truncate() {
    for (const { label, positionMs } of await session.interruptAll()) {
      const heard = { item_id: label, content_index: 0, audio_end_ms: positionMs };
      model.send(JSON.stringify({ type: 'conversation.item.truncate', ...heard }));
    }
  }

  model.on('message', (/** @type {Buffer} */ data) => {
    const event = /** @type {{ type: string, item_id: string, delta: string }} */ (parse(String(data)));
    switch (event.type) {
      case 'response.output_audio.delta':
        if (answer?.label !== event.item_id) {
          answer = session.speak(undefined, { label: event.item_id });
          void play(answer);
        }
        answer.write(Buffer.from(event.delta, 'base64')).catch(outcome);
        return;
      case 'response.output_audio.done':
        if (answer?.label === event.item_id) answer.end().catch(outcome);
        return;
      case 'input_audio_buffer.speech_started': // The user speaks: the server stops the model, and the avatar stops here.
        void truncate();
    }
  });
}

if (process.getBuiltinModule('node:fs').realpathSync(process.argv[1] ?? '.') === import.meta.filename) {
  const { OPENAI_API_KEY, OPENAI_URL = 'wss://api.openai.com/v1/realtime?model=gpt-realtime' } = process.env;
  if (!OPENAI_API_KEY) {
    console.error('set OPENAI_API_KEY in the environment');
    process.exit(1);
  }
  const service = await AvatarEmulator.start({ pace: 'realtime' });
  const session = newAvatarSession({ ...service.sessionOptions, sampleRate: 24_000, profile: 'interactive' });
  await session.start();
  session.on('playback', ({ label, state }) => console.log(`${label}: ${state}`));
  const model = new WebSocket(OPENAI_URL, { headers: { Authorization: `Bearer ${OPENAI_API_KEY}` } });
  realtimeAvatar(session, model, async (utterance) => {
    let shown = 0;
    for await (const { keyframes } of utterance) shown += keyframes.length;
    console.log(`${utterance.label}: ${40 * shown} ms shown`);
  });
  await new Promise((resolve) => model.once('close', resolve));
  await session.close({ drain: true });
  await service.stop();
}
