/**
 * The initial scripts of the fuzzer: short dialogues with every kind of message of a service, some of them at
 * the wrong time.
 */
import { encodeServerMessage } from '../../src/wire/encode.js';
import { MessageType } from '../../src/ports/message.js';
import type { Keyframe, ServerMessageContent } from '../../src/ports/message.js';
import { FIRST_REQUEST, NEWEST_REQUEST } from './step.js';
import type { Call, Script, Step } from './step.js';

const bare: Script = { confirms: true, egress: false, within: undefined, throws: false, steps: [] };

export function frame(message: ServerMessageContent): Step {
  return { kind: 'frame', hex: Buffer.from(encodeServerMessage(message)).toString('hex') };
}
const call = (name: Call): Step => ({ kind: 'call', call: name });
const pass = (ms: number): Step => ({ kind: 'pass', ms });
const closed = (closeCode: number, closeReason = ''): Step => ({ kind: 'close', closeCode, closeReason });

const keyframe: Keyframe = {
  translation: [0, 1],
  rotation: [1],
  neckPose: [],
  jawPose: [0.5],
  eyePose: [],
  eyeLid: [],
  expression: [0.25, -1],
};
const animation = (reqId: string, count: number, end = false): Step =>
  frame({
    type: MessageType.serverResponseAnimation,
    connectionId: 'c-1',
    reqId,
    end,
    avatarId: 'avatar',
    keyframes: Array<Keyframe>(count).fill(keyframe),
  });
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const traced = (reqId: string, end: boolean): Step =>
  frame({
    type: MessageType.serverResponseAnimation,
    connectionId: 'c-1',
    reqId,
    end,
    avatarId: 'avatar',
    keyframes: [keyframe],
    traceContext: { traceparent, tracestate: 'vendor=value' },
  });
const refusal = (code: number, message: string, reqId = ''): Step =>
  frame({ type: MessageType.serverError, connectionId: 'c-1', reqId, code, message });
const playback = (state: number, playedMs: number, reason = ''): Step =>
  frame({
    type: MessageType.serverPlaybackState,
    connectionId: 'c-1',
    reqId: NEWEST_REQUEST,
    state,
    playedMs,
    reason,
  });
const confirmation = frame({
  type: MessageType.serverConfirmSession,
  connectionId: 'c-2',
  capabilities: ['playback_control', 'playback_state'],
});

const spoken = [call('speak'), call('write'), call('end')];
const whole = [...spoken, animation(NEWEST_REQUEST, 2), animation(NEWEST_REQUEST, 1, true)];

const hostile = (reqId: string): readonly Step[] =>
  ['"token":[', '{"secret":{', 'k0k0', '&#x', '\u202E\u0007', 'credits exhauste'].map((piece) =>
    refusal(3, `${piece.repeat(300)} ${JSON.stringify('extra-secret-71c4')}`, reqId),
  );

const DIALOGUES: readonly (readonly Step[])[] = [
  whole,
  [...spoken, traced(NEWEST_REQUEST, false), closed(1006), pass(2_000), traced(NEWEST_REQUEST, true)],
  [...spoken, animation(NEWEST_REQUEST, 2), closed(1006), pass(2_000), animation(NEWEST_REQUEST, 3, true)],
  [...spoken, refusal(14, 'upstream busy', NEWEST_REQUEST), pass(3_000), animation(NEWEST_REQUEST, 1, true)],
  [...spoken, refusal(3, 'bad parameters', FIRST_REQUEST), animation(NEWEST_REQUEST, 1, true)],
  [...whole, animation('greeting', 2), animation('greeting', 1, true), animation(NEWEST_REQUEST, 1)],
  [call('speak'), refusal(4001, 'Credits exhausted'), closed(4001, 'Credits exhausted'), pass(1_000)],
  [
    ...spoken,
    refusal(0, 'token tkn-5b1f0c77e2 and room-secret-93af and extra-secret-71c4 are wrong'),
    closed(4010, 'tkn-5b1f0c77e2'),
  ],
  // Credentials in every field and in other forms, beside invisible characters, and more text than is kept.
  [
    frame({
      type: MessageType.serverConfirmSession,
      connectionId: Buffer.from('tkn-5b1f0c77e2').toString('base64'),
      capabilities: ['extra-secret-71c4', '\u202E'],
    }),
    ...spoken,
    playback(2, 40, 'extra-secret-71c4\u200B\u202E\u0007'),
    ...hostile(NEWEST_REQUEST),
    ...hostile(''),
    closed(4001, Buffer.from('extra-secret-71c4').toString('hex')),
    pass(5_000),
  ],
  [...spoken, { kind: 'text', text: 'hello' }, { kind: 'frame', hex: 'ff' }, closed(1012), pass(5_000)],
  [...Array<Step>(10).fill({ kind: 'frame', hex: '08' }), pass(2_000), ...whole],
  [...spoken, playback(1, 20), call('pause'), playback(2, 40), call('resume'), playback(3, 60)],
  [...spoken, playback(4, 20, 'pause_timeout'), call('speak'), playback(9, -1)],
  [
    call('sendAudio'),
    call('speak'),
    call('interrupt'),
    animation(FIRST_REQUEST, 1),
    animation(NEWEST_REQUEST, 1),
  ],
  [
    call('sendLastAudio'),
    animation(NEWEST_REQUEST, 0),
    animation(NEWEST_REQUEST, 0, true),
    call('drain'),
    pass(40_000),
  ],
  [confirmation, ...whole, confirmation, { kind: 'violate' }, pass(3_000), ...whole],
  [...spoken, pass(40_000), closed(1000, 'no audio input for 60s'), pass(10_000), call('close')],
  [{ kind: 'drained' }, closed(4503), pass(500), closed(1006), pass(9_000), closed(4003), pass(60_000)],
];

/**
 * Each dialogue unchanged, before the confirmation, in a room, and with an application that calls or throws
 * in its callbacks.
 */
export const SEED_SCRIPTS: readonly Script[] = DIALOGUES.flatMap((steps, at) => {
  const calls: readonly Call[] = ['interrupt', 'close', 'speak', 'sendLastAudio'];
  const events = ['frame', 'error', 'state', 'retry'] as const;
  const within = {
    event: events[at % events.length] ?? 'frame',
    call: calls[(at >> 2) % calls.length] ?? 'close',
  };
  return [
    { ...bare, steps },
    { ...bare, confirms: false, steps: [confirmation, ...steps] },
    { ...bare, egress: true, steps },
    { ...bare, within, throws: at % 2 === 0, steps },
  ];
});
