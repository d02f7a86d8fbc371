// @ts-check
// A voice agent: each sentence of an answer is spoken while the model writes the next, a filler covers a slow model, and the user may interrupt.
import { existsSync, realpathSync } from 'node:fs';
import { newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator, createVirtualClock, parseFaults } from 'avatarkit-session/emulator';

/**
 * @typedef {{ by: 'person' | 'agent', text: string }} Line of the transcript; of the agent: the words that were heard
 * @typedef {{ word: string, audio: Uint8Array }} Word with its PCM at 16 kHz: synthesizers say where words begin and end
 * @param {import('avatarkit-session').Session} session
 * @param {(transcript: Line[], signal: AbortSignal) => AsyncIterable<string>} languageModel gives its answer in pieces
 * @param {(sentence: string, signal: AbortSignal) => Iterable<Word> | AsyncIterable<Word>} synthesize
 * @param {(utterance: import('avatarkit-session').UtteranceHandle) => Promise<void>} play takes its frames as they are shown
 * @param {(ms: number) => Promise<unknown>} sleep
 */
export function voiceAgent(session, languageModel, synthesize, play, sleep) {
  const lines = /** @type {Line[]} */ ([]);
  const transcript = () => lines.filter(({ text }) => text !== '');
  let thinking = new AbortController();
  let said = /** @type {Promise<unknown>[]} */ ([]);
  let turn = Promise.resolve();
  async function say(/** @type {string} */ sentence) {
    const at = lines.push({ by: 'agent', text: '' }) - 1;
    const words = /** @type {{ word: string, middleMs: number }[]} */ ([]);
    async function* speech(/** @type {AbortSignal} */ signal) {
      let endMs = 0;
      for await (const { word, audio } of synthesize(sentence, signal)) {
        words.push({ word, middleMs: endMs + audio.length / 64 });
        endMs += audio.length / 32;
        yield audio;
      }
    }
    const utterance = session.speak(speech, { signal: thinking.signal });
    utterance.on('playback', ({ positionMs = 0 }) => {
      const heard = words.filter(({ middleMs }) => middleMs <= positionMs).map(({ word }) => word);
      lines[at] = { by: 'agent', text: heard.join(' ') };
    });
    await Promise.allSettled([utterance.finished, play(utterance)]); // One that fails keeps the words that were heard.
  }
  async function think(/** @type {AbortSignal} */ signal, answers = said) {
    void sleep(500).then(() => answers.length > 0 || signal.aborted || answers.push(say('Let me see.')));
    let text = '';
    for await (const piece of languageModel(transcript(), signal)) {
      signal.throwIfAborted();
      const sentences = `${text}${piece}`.split(/(?<=[.!?]) +/);
      text = sentences.pop() ?? '';
      answers.push(...sentences.map(say)); // They queue: each is heard after the one before.
    }
    answers.push(text === '' ? Promise.resolve() : say(text)); // Also for an empty answer: no filler follows it.
  }

  /** The user has said something; resolves when the answer is over. */
  async function answer(/** @type {string} */ text) {
    await turn.then(() => Promise.all(said)); // Lines that were cut short have their words now.
    lines.push({ by: 'person', text });
    thinking = new AbortController();
    said = [];
    turn = think(thinking.signal).catch(() => thinking.abort()); // The model was stopped, or failed.
    await turn.then(() => Promise.all(said));
  }

  /** `interrupt` when the user begins to speak: model, synthesizer and avatar stop at once. */
  return { transcript, answer, interrupt: () => thinking.abort() };
}

if (existsSync(process.argv[1] ?? '') && realpathSync(process.argv[1] ?? '') === import.meta.filename) {
  const clock = createVirtualClock(); // nothing here takes real time
  const emulator = await AvatarEmulator.start({ clock, seed: 4, faults: parseFaults('chaos') });
  const session = newAvatarSession({ ...emulator.sessionOptions, profile: 'interactive' });
  async function* languageModel() {
    await clock.sleep(900);
    yield* ['It is sunny. Take ', 'a hat with you, ', 'and do not forget your glasses.'];
  }
  function* synthesize(/** @type {string} */ sentence) {
    for (const word of sentence.split(' ')) yield { word, audio: new Uint8Array(word.length * 2_560) };
  }
  async function play(/** @type {import('avatarkit-session').UtteranceHandle} */ utterance) {
    for await (const { keyframes } of utterance) await clock.sleep(40 * keyframes.length);
  }
  const agent = voiceAgent(session, languageModel, synthesize, play, clock.sleep);
  await clock.run(session.start());
  const answered = agent.answer('How is the weather?');
  await clock.advance(3_000);
  agent.interrupt(); // the user interrupts
  await clock.run(answered.then(() => agent.answer('And tomorrow?')));
  for (const { by, text } of agent.transcript()) console.log(`${by}: ${text}`);
  console.log(`${emulator.log.filter(({ event }) => event === 'faultFired').length} faults`);
  await clock.run(session.close());
}
