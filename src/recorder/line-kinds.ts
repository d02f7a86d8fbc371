/**
 * The kinds of lines of a flight record: one row for each, with its fields. Names are those of errors as JSON and of logs. Must not know
 * the use of the rows.
 */

/** A field: its JSON type and its sentence. `Value` exists only as a type. */
export interface Field<Value, Optional extends boolean = boolean> {
  readonly type: 'number' | 'string' | 'boolean' | 'object' | 'strings';
  readonly about: string;
  readonly words?: readonly string[];
  readonly optional: Optional;
  readonly value?: Value;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;
export type Json = Readonly<Record<string, unknown>>;

export const number = (about: string): Field<number, false> => ({ type: 'number', about, optional: false });
export const text = (about: string): Field<string, false> => ({ type: 'string', about, optional: false });
const flag = (about: string): Field<boolean, false> => ({ type: 'boolean', about, optional: false });
const object = (about: string): Field<Json, false> => ({ type: 'object', about, optional: false });
const strings = (about: string): Field<readonly string[], false> => ({
  type: 'strings',
  about,
  optional: false,
});
const word = <const Word extends string>(words: readonly Word[], about: string): Field<Word, false> => ({
  type: 'string',
  words,
  about,
  optional: false,
});
const maybe = <Value>(field: Field<Value, false>): Field<Value, true> => ({ ...field, optional: true });

const stage = (what: string): Field<'began' | 'ended', false> =>
  word(['began', 'ended'], `Whether ${what} begins or is over`);
const error = object('The failure, as error.toJSON() has it');
const reqId = text('The id of the request');

/** The names of the messages of the protocol, by their numbers on the wire. */
export const MESSAGE_NAMES = Object.freeze({
  1: 'configure',
  2: 'confirm',
  3: 'audio',
  4: 'error',
  5: 'animation',
  7: 'interrupt',
  8: 'pause',
  9: 'resume',
  10: 'playback',
} as const);

/** The first line of a file contains it, and so identifies a flight record. */
export const FORMAT = 'avatarkit-session flight record';
export const FORMAT_VERSION = 1;

export const OF_PROCESS = {
  begin: {
    format: word([FORMAT], 'What this file is'),
    version: number('The version of the format'),
    package_version: text('The version of avatarkit-session'),
    node: text('The version of Node'),
    platform: text('Operating system and processor'),
    payload: flag('Whether lines hold the speech and the keyframes themselves'),
    continued: flag('Whether an earlier part was moved to another file'),
  },
  dropped: { lines: number('Lines that are missing before this one: they could not be written') },
  uncaught: {
    name: text('The name of an uncaught exception'),
    code: maybe(text('Its code')),
    error: maybe(error),
  },
  end: {
    reason: word(['closed', 'exit'], 'Whether the recorder was closed, or the process ended'),
    exit_code: maybe(number('The exit code of the process')),
  },
} satisfies Readonly<Record<string, Fields>>;

export const OF_SESSION = {
  session: { config: object('The options of the session with their defaults, without secrets') },
  dial: {
    stage: stage('a dial'),
    dial: number('The number of the dial in this record'),
    host: text('Host name or address'),
    port: number('Port'),
    attempt: number('The number of the dial in its outage, from 1'),
    reason: text('Why there is a dial'),
    token_ms: maybe(number('How long the token took, milliseconds')),
    upgrade_ms: maybe(number('How long the upgrade took, milliseconds')),
    handshake_ms: maybe(number('From the upgrade to the confirmation, milliseconds')),
    duration_ms: maybe(number('How long the dial took, milliseconds')),
    http_status: maybe(number('The HTTP status of a refusal')),
    connection_id: maybe(text('The id of the connection')),
    error: maybe(error),
    cause_code: maybe(text('The code of the error of the system')),
  },
  token: {
    stage: stage('the request'),
    reason: text('Why a token is wanted'),
    ahead: flag('Whether init() asked for it'),
    duration_ms: maybe(number('How long it took, milliseconds')),
    http_status: maybe(number('The HTTP status of a refusal')),
    error: maybe(error),
    cause_code: maybe(text('The code of the error of the system')),
  },
  utterance: {
    stage: word(['began', 'first_frame', 'ended'], 'How far it is'),
    req_id: reqId,
    label: maybe(text('The label that speak() was given')),
    audio_ms: maybe(number('Audio that was written, milliseconds')),
    bytes: maybe(number('Audio that was written, bytes')),
    first_frame_ms: maybe(number('From the first audio to the first frame, milliseconds')),
    keyframes: maybe(number('Keyframes that came, each counted once')),
    replays: maybe(number('How often it was sent again')),
    outcome: maybe(text('What became of it')),
    position_ms: maybe(number('How far it was heard, milliseconds')),
    duration_ms: maybe(number('From speak() to the end, milliseconds')),
    code: maybe(text('The code of its error')),
    message: maybe(text('The message of its error')),
  },
  state: {
    from: text('The state before'),
    to: text('The state from now on'),
    reason: text('Why it has changed'),
    phase: text('The phase that the session is in, or was in last'),
  },
  retry: {
    attempt: number('The attempt that follows'),
    delay_ms: number('The delay before it, milliseconds'),
    source: text('Where the delay comes from'),
    why: text('The decision in words'),
    code: text('The code of the failure'),
    req_id: maybe(reqId),
  },
  reconnect: {
    connection_id: text('The id of the new connection'),
    previous_connection_id: text('The id of the one before'),
    attempts: number('The number of the dial that succeeded'),
    outage_ms: number('From the last sign of life to the confirmation, milliseconds'),
    code: text('The code of what ended the connection before'),
  },
  error: { error, cause_code: maybe(text('The code of the error of the system')) },
  close: {
    reason: word(['closed', 'aborted', 'ended', 'failed'], 'How the session ended'),
    why: maybe(text('The decision in words')),
    code: maybe(text('The code of the failure')),
  },
  gate_wait: {
    stage: stage('the wait'),
    gate: word(['ingress', 'console'], 'Which gate'),
    reason: text('Why it waits'),
    least_ms: number('The shortest possible wait, as far as it is known, milliseconds'),
    waited_ms: number('How long it waited, milliseconds'),
    admitted: flag('Whether the dial was let through'),
  },
  fleet_wait: {
    stage: stage('the wait'),
    reason: text('Why it waits'),
    least_ms: number('The shortest possible wait, as far as it is known, milliseconds'),
    waited_ms: number('How long it waited, milliseconds'),
    admitted: flag('Whether the dial was let through'),
  },
  fleet_lease: {
    change: word(['acquired', 'lost', 'regained', 'released'], 'What happened to the lease'),
    reason: text('In words'),
    waited_ms: number('How long the session waited, milliseconds'),
  },
  idle: { stage: stage('the wait for audio'), waited_ms: number('How long it waited, milliseconds') },
  rollover: {
    connection_id: text('The id of the connection that is replaced'),
    live_ms: number('How long it lived, milliseconds'),
  },
  connection_closed: {
    connection_id: text('The id of the connection'),
    close_code: maybe(number('The close code')),
    live_ms: number('From the confirmation to the end, milliseconds'),
  },
  wire: {
    dial: number('The number of the dial; 0 where it began before the record'),
    event: word(
      ['opened', 'sent', 'received', 'ping', 'pong', 'closing', 'closed', 'violated'],
      'What happened on the WebSocket: sent and closing by the session, received and closed by the service',
    ),
    type: maybe(
      word(
        [...Object.values(MESSAGE_NAMES), 'unknown', 'undecodable', 'text'],
        'Which message; text: a text frame',
      ),
    ),
    bytes: maybe(number('The size of the message, bytes')),
    req_id: maybe(text('The id of the request on the wire')),
    end: maybe(flag('Whether it is the last message of the request')),
    audio_bytes: maybe(number('The audio in it, bytes')),
    keyframes: maybe(number('The keyframes in it')),
    connection_id: maybe(text('The id that the service gives the connection')),
    capabilities: maybe(strings('What the service can do')),
    code: maybe(number('A close code, or the code of an error of the service')),
    text: maybe(text('The message of an error, or the reason of a close; redacted')),
    state: maybe(number('The state of the playback in a room')),
    played_ms: maybe(number('How far a room has played, milliseconds')),
    message_type: maybe(number('The number of a message that is not known')),
    payload: maybe(text('The message itself, base64')),
  },
} satisfies Readonly<Record<string, Fields>>;
