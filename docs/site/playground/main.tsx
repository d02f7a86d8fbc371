/** The playground on its page: what a person does on the left, and on the right what the inspector shows of the session. */
import { render } from 'preact';
import type { JSX } from 'preact';
import { useReducer, useState } from 'preact/hooks';
import { RETRY_PRESETS } from 'avatarkit-session';
import type { Fault } from 'avatarkit-session/emulator';
import { PageStreams } from '../../../src/inspector/page-streams.js';
import { SessionView } from '../../../src/inspector/page/session-view.js';
import { Store } from '../../../src/inspector/page/store.js';
import type { Message } from '../../../src/inspector/protocol.js';
import { SESSIONS_OF_PROCESS } from '../../../src/inspector/sessions-of-process.js';
import { SessionTracker } from '../../../src/inspector/session-tracker.js';
import { FAULT_BUTTONS } from './fault-buttons.js';
import { Playground } from './playground.js';
import { checkPolicy } from './policy-check.js';
import { loadSpeech } from './speech-audio.js';
import type { SpeechAudio } from './speech-audio.js';

const FIRST_POLICY = {
  maxAttempts: 12,
  maxElapsedMs: 60_000,
  backoff: { baseMs: 500, factor: 2, capMs: 8_000, jitter: 'full' },
  rules: {
    connectionClosed: 'retry',
    serverError: 'surface',
    concurrencyLimit: { action: 'retry', maxAttempts: 3 },
  },
};
const ANOTHER_FAULT = '{ "kind": "close", "phase": "runtime", "code": 1001, "afterKeyframes": 20 }';

interface Parts {
  readonly playground: Playground;
  readonly store: Store;
  readonly speech: SpeechAudio;
}

function App({ playground, store, speech }: Parts): JSX.Element {
  const [, redraw] = useReducer<number, undefined>((count) => count + 1, 0);
  const [text, write] = useState(JSON.stringify(FIRST_POLICY, null, 2));
  const [refusal, refuse] = useState('');
  onChange = () => redraw(undefined);
  const { told, isOpen, isSpeaking } = playground;
  const { policy, problems } = checkPolicy(text);
  const start = async (): Promise<void> => {
    await playground.close();
    try {
      store.select(playground.start(policy, speech.sampleRateHz).id);
      refuse('');
    } catch (error) {
      refuse((error as Error).message);
    }
  };
  return (
    <div class="play">
      <div class="hand">
        <section class="card" aria-labelledby="play-session">
          <h2 id="play-session">Session</h2>
          <div class="buttons">
            <button
              type="button"
              class="first"
              disabled={problems.length > 0}
              aria-describedby="policy-problems"
              onClick={() => void start()}
            >
              {isOpen ? 'Start anew' : 'Start'}
            </button>
            <button
              type="button"
              disabled={!isOpen || isSpeaking}
              onClick={() => void playground.speak(speech)}
            >
              Speak
            </button>
            <button type="button" disabled={!isSpeaking} onClick={() => void playground.interrupt()}>
              Interrupt
            </button>
            <button type="button" disabled={!isOpen} onClick={() => void playground.close()}>
              Close
            </button>
          </div>
          <p class="told" role="status">
            {told.text}
          </p>
          <p class="count">
            {told.delivered} of {told.expected} keyframes, {told.twice} of them twice
          </p>
        </section>
        <Faults playground={playground} />
        <Policy
          text={text}
          problems={problems.length > 0 || refusal === '' ? problems : [refusal]}
          write={(written) => {
            refuse('');
            write(written);
          }}
        />
      </div>
      <SessionView store={store} />
    </div>
  );
}

interface PolicyParts {
  readonly text: string;
  readonly problems: readonly string[];
  readonly write: (text: string) => void;
}

/** Each session has the policy that is written here when it is started. */
function Policy({ text, problems, write }: PolicyParts): JSX.Element {
  return (
    <section class="card policy" aria-labelledby="play-policy">
      <h2 id="play-policy">Retry policy of the next session</h2>
      <label class="preset">
        Take{' '}
        <select
          onChange={({ currentTarget: { value } }) =>
            write(JSON.stringify(value === '' ? FIRST_POLICY : value, null, 2))
          }
        >
          <option value="">an example</option>
          {Object.keys(RETRY_PRESETS).map((name) => (
            <option key={name} value={name}>
              the preset {name}
            </option>
          ))}
        </select>
      </label>
      <label for="policy">JSON, as in a policy file</label>
      <textarea
        id="policy"
        rows={18}
        spellcheck={false}
        value={text}
        aria-invalid={problems.length > 0}
        aria-describedby="policy-problems"
        onInput={({ currentTarget }) => write(currentTarget.value)}
      />
      <div id="policy-problems" role="alert">
        {problems.length > 0 && (
          <ul class="problems">
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

function Faults({ playground }: Pick<Parts, 'playground'>): JSX.Element {
  const [text, write] = useState(ANOTHER_FAULT);
  const [refusal, refuse] = useState('');
  const injectWritten = (): void => {
    try {
      const fault = JSON.parse(text) as Fault;
      playground.inject(fault, fault.kind);
      refuse('');
    } catch (error) {
      refuse((error as Error).message);
    }
  };
  return (
    <section class="card" aria-labelledby="play-faults">
      <h2 id="play-faults">Faults</h2>
      <div class="buttons">
        {FAULT_BUTTONS.map(({ words, faults, isOfRuntime }) => (
          <button
            key={words}
            type="button"
            class={isOfRuntime ? '' : 'dial'}
            disabled={!playground.isOpen}
            onClick={() => faults.forEach((fault) => playground.inject(fault, words))}
          >
            {words}
          </button>
        ))}
      </div>
      <label for="fault">Another one, as JSON</label>
      <textarea
        id="fault"
        rows={3}
        spellcheck={false}
        value={text}
        aria-invalid={refusal !== ''}
        aria-describedby="fault-problem"
        onInput={({ currentTarget }) => write(currentTarget.value)}
      />
      <p id="fault-problem" class="problems" role="alert">
        {refusal}
      </p>
      <div class="buttons">
        <button type="button" onClick={injectWritten}>
          Inject
        </button>
      </div>
    </section>
  );
}

let onChange = (): void => undefined;

/** Shows the playground in the element until the function that it gives is called. */
export async function mountPlayground(element: HTMLElement, speechUrl: string): Promise<() => void> {
  const [speech, playground] = await Promise.all([loadSpeech(speechUrl), Playground.open(() => onChange())]);
  const tracker = new SessionTracker(SESSIONS_OF_PROCESS);
  const streams = new PageStreams(tracker, { version: '', pid: 0, title: 'this page' }, true);
  tracker.start((session) => streams.opened(session));
  const store = new Store(({ stream, session }) => {
    streams.watch(stream, session);
    return Promise.resolve();
  });
  const leave = streams.add({
    isBusy: false,
    write: (text) => store.take(JSON.parse(text.slice('data: '.length)) as Message),
  });
  render(<App playground={playground} store={store} speech={speech} />, element);
  return () => {
    render(null, element);
    leave();
    streams.stop();
    tracker.stop();
    void playground.close();
  };
}
