/**
 * The README's parts about the life of a session: states, events, choices. Generated from the tables and
 * comments of the sources.
 */
import { TRANSITIONS, SESSION_STATES } from '../../src/core/session/session-life.js';
import { code, fence, table } from './markdown.js';
import { bulletsOf, membersOf } from './source-docs.js';

const EVENTS_FILE = 'src/client/events/session-events.ts';

const PLAIN_EVENTS: Readonly<Record<string, string>> = {
  state: 'The session went from one state to another.',
  playback: 'What is heard has changed: started, paused, resumed, ended, interrupted. Each change once.',
};

export function stateDiagram(): string {
  const arrows = SESSION_STATES.flatMap((from) =>
    Object.entries(TRANSITIONS[from]).map(([event, to]) => `  ${from} --> ${to}: ${event}`),
  );
  const last = SESSION_STATES.filter((state) =>
    Object.keys(TRANSITIONS[state]).every((event) => event === 'restarted'),
  );
  const ends = last.map((state) => `  ${state} --> [*]`);
  return fence(
    'mermaid',
    ['stateDiagram-v2', `  [*] --> ${SESSION_STATES[0]}`, ...arrows, ...ends].join('\n'),
  );
}

export function eventsTable(): string {
  const options = membersOf('src/client/options/program-fields.ts', 'SessionProgramOptions');
  return table(
    ['event', 'callback', 'payload', 'when'],
    membersOf(EVENTS_FILE, 'SessionEvents').map(({ name, type }) => {
      // An event and its callback have the same payload type, which is used to match them.
      const option = options.find(
        ({ name: own, type: own_ }) => own.startsWith('on') && own_.includes(`: ${type}) =>`),
      );
      if (option === undefined) throw new Error(`${EVENTS_FILE}: no callback takes the payload of ${name}`);
      return [code(name), code(option.name), payload(type), PLAIN_EVENTS[name] ?? option.doc];
    }),
  );
}

function payload(type: string): string {
  if (type === 'AvatarSDKError') return 'the `AvatarSDKError`';
  if (type === 'Frame') return code('{ reqId, end, index, timeMs, raw, keyframes }');
  const names = membersOf(EVENTS_FILE, type).map(({ name }) => name);
  return code(`{ ${names.join(', ')} }`);
}

export function choices(file: string, owner: string): string {
  return bulletsOf(file, owner).join('\n');
}
