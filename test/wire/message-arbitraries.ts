/**
 * Random message values as the codec makes them: optional fields are absent or not empty, floats are exact in
 * single precision.
 */
import fc from 'fast-check';
import { MessageType } from '../../src/ports/message.js';
import type { ClientMessage, Keyframe, ServerMessageContent } from '../../src/ports/message.js';

const int32 = fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff });
const text = fc.string({ unit: 'binary', maxLength: 150 });
const present = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });
const params = fc
  .dictionary(text, text, { maxKeys: 4, noNullPrototype: true })
  // The reflection codec drops the key `__proto__`; hostile-input.test.ts tests it.
  .filter((map) => !Object.hasOwn(map, '__proto__'));
const presentParams = params.filter((map) => Object.keys(map).length > 0);
const floats = fc.array(fc.float(), { maxLength: 40 });

/** The decoders make objects with a prototype, so these have one, too. */
const ordinary = { noNullPrototype: true } as const;

/** Omits members that are undefined, as exactOptionalPropertyTypes requires. */
function optional<T extends object, O extends object>(
  required: { [Name in keyof T]: fc.Arbitrary<T[Name]> },
  options: { [Name in keyof O]: fc.Arbitrary<O[Name]> },
): fc.Arbitrary<T & Partial<O>> {
  return fc
    .tuple(fc.record(required, ordinary), fc.record(options, { ...ordinary, requiredKeys: [] }))
    .map(([always, sometimes]) => ({ ...always, ...sometimes }) as T & Partial<O>);
}

const livekitEgress = optional(
  { url: text },
  {
    apiKey: present,
    apiSecret: present,
    roomName: present,
    publisherId: present,
    extraAttributes: presentParams,
    idleTimeout: int32.filter((seconds) => seconds !== 0),
    apiToken: present,
  },
);
const agoraEgress = optional(
  { channelName: text },
  { token: present, uid: fc.integer({ min: 1, max: 0xffff_ffff }), publisherId: present },
);
const traceContext = optional({ traceparent: text }, { tracestate: present });

export const anyClientMessage: fc.Arbitrary<ClientMessage> = fc.oneof(
  optional(
    {
      type: fc.constant(MessageType.clientConfigureSession),
      sampleRate: int32,
      bitrate: int32,
      audioFormat: fc.constantFrom(0 as const, 1 as const),
      transportCompression: int32,
      egressType: fc.constantFrom(0 as const, 1 as const, 2 as const),
      extraParams: params,
    },
    { livekitEgress, agoraEgress },
  ),
  optional(
    {
      type: fc.constant(MessageType.clientAudioInput),
      reqId: text,
      end: fc.boolean(),
      audio: fc.uint8Array({ maxLength: 300 }),
    },
    { traceContext },
  ),
  fc.record(
    {
      type: fc.constantFrom(MessageType.clientInterrupt, MessageType.clientPause, MessageType.clientResume),
      reqId: text,
    },
    ordinary,
  ),
);

export const anyKeyframe: fc.Arbitrary<Keyframe> = fc.record(
  {
    translation: floats,
    rotation: floats,
    neckPose: floats,
    jawPose: floats,
    eyePose: floats,
    eyeLid: floats,
    expression: floats,
  },
  ordinary,
);

export const anyAnimation = optional(
  {
    type: fc.constant(MessageType.serverResponseAnimation),
    connectionId: text,
    reqId: text,
    end: fc.boolean(),
    avatarId: text,
    keyframes: fc.array(anyKeyframe, { maxLength: 5 }),
  },
  { traceContext },
);

export const anyServerMessage: fc.Arbitrary<ServerMessageContent> = fc.oneof(
  fc.record(
    {
      type: fc.constant(MessageType.serverConfirmSession),
      connectionId: text,
      capabilities: fc.array(text, { maxLength: 4 }),
    },
    ordinary,
  ),
  fc.record(
    {
      type: fc.constant(MessageType.serverError),
      connectionId: text,
      reqId: text,
      code: int32,
      message: text,
    },
    ordinary,
  ),
  anyAnimation,
  fc.record(
    {
      type: fc.constant(MessageType.serverPlaybackState),
      connectionId: text,
      reqId: text,
      state: int32,
      playedMs: fc.maxSafeInteger(),
      reason: text,
    },
    ordinary,
  ),
);
