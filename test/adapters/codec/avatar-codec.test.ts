/** The contract of a codec, tested with the codec of this package. Tests of the bytes are in test/wire. */
import { describe, expect, it } from 'vitest';
import { AVATAR_CODEC } from '../../../src/adapters/codec/avatar-codec.js';
import type { Codec } from '../../../src/ports/codec.js';
import { MessageType, WireError } from '../../../src/ports/message.js';
import { decodeClientMessage } from '../../../src/wire/decode.js';
import { encodeServerMessage } from '../../../src/wire/encode.js';

const animation = (reqId: string, end = false): Uint8Array =>
  encodeServerMessage({
    type: MessageType.serverResponseAnimation,
    connectionId: 'c',
    reqId,
    end,
    avatarId: 'a',
    keyframes: [KEYFRAME, KEYFRAME],
  });
const KEYFRAME = {
  translation: [1, 2, 3],
  rotation: [],
  neckPose: [],
  jawPose: [],
  eyePose: [],
  eyeLid: [],
  expression: [0.5],
};

describe.each<readonly [string, Codec]>([['the codec of avatar.proto', AVATAR_CODEC]])(
  '%s',
  (_name, codec) => {
    it('writes the same bytes into reused memory as into new memory', () => {
      const audio = Uint8Array.of(1, 2, 3, 4);
      const whole = codec.encodeAudio('request', true, audio);
      const messages = codec.audioMessages('request');
      expect(messages.reqId).toBe('request');
      for (let time = 0; time < 2; time += 1) {
        expect(Buffer.from(messages.write(audio, true))).toEqual(Buffer.from(whole));
      }
      expect(decodeClientMessage(whole)).toMatchObject({ reqId: 'request', end: true });
    });

    it('counts as many keyframes as it decodes, with and without the cached texts of a connection', () => {
      const texts = codec.repeatedTexts();
      for (const reqId of ['r1', 'r1', 'r2']) {
        const bytes = animation(reqId);
        expect(codec.decode(bytes, texts)).toEqual(codec.decode(bytes));
        expect(codec.decode(bytes, texts)).toMatchObject({ reqId, keyframeCount: 2 });
        expect(codec.keyframes(bytes)).toHaveLength(2);
        expect(codec.typedKeyframes(bytes).map(({ translation }) => [...translation])).toEqual([
          KEYFRAME.translation,
          KEYFRAME.translation,
        ]);
      }
    });

    it('changes the id and the end of an envelope, removes keyframes, and does not change the given bytes', () => {
      const bytes = animation('r1', true);
      const before = Uint8Array.from(bytes);
      const patched = codec.patchAnimation(bytes, { reqId: 'r9', clearEnd: true });
      expect(codec.decode(patched)).toMatchObject({ reqId: 'r9', end: false, keyframeCount: 2 });
      expect(codec.decode(codec.trimLeadingKeyframes(bytes, 1))).toMatchObject({ keyframeCount: 1 });
      expect(codec.trimLeadingKeyframes(bytes, 0)).toBe(bytes);
      expect(Uint8Array.from(bytes)).toEqual(before);
    });

    it('marks a type that only clients send as ignored, and refuses bytes that are not an envelope', () => {
      const interrupt = codec.encode({ type: MessageType.clientInterrupt, reqId: 'r1' });
      expect(codec.decode(interrupt)).toEqual({ type: 'ignored', messageType: MessageType.clientInterrupt });
      expect(() => codec.decode(Uint8Array.of(0xff))).toThrow(WireError);
    });
  },
);
