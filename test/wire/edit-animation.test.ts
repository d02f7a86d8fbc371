import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeServerMessage } from '../../src/wire/decode.js';
import { encodeServerMessage } from '../../src/wire/encode.js';
import { WireError } from '../../src/ports/message.js';
import { patchAnimation } from '../../src/wire/edit-animation.js';
import { anyAnimation } from './message-arbitraries.js';
import { animation, envelope, field, number } from './wire-bytes.js';

const OTHER_ID = 'req-2';

describe('patchAnimation', () => {
  it('returns the bytes of a message that was encoded with this request id and without an end', () => {
    fc.assert(
      fc.property(anyAnimation, (content) => {
        const reqId = 'x'.repeat(Buffer.byteLength(content.reqId));
        const patched = patchAnimation(encodeServerMessage(content), { reqId });
        expect(Uint8Array.from(patched)).toEqual(Uint8Array.from(encodeServerMessage({ ...content, reqId })));
        const cleared = patchAnimation(encodeServerMessage(content), { clearEnd: true });
        expect(decodeServerMessage(cleared)).toEqual({
          ...decodeServerMessage(encodeServerMessage(content)),
          end: false,
        });
      }),
    );
  });

  it('writes into a copy: the given bytes do not change, nor the memory around them', () => {
    const memory = Buffer.concat([Buffer.from('before'), animation(), Buffer.from('after')]);
    const before = Uint8Array.from(memory);
    const raw = memory.subarray(6, memory.length - 5);
    const patched = patchAnimation(raw, { reqId: OTHER_ID, clearEnd: true });
    expect(Uint8Array.from(memory)).toEqual(before);
    expect(patched.buffer.byteLength).toBe(raw.length);
  });

  it('does not change any other byte, including unknown fields on every level', () => {
    const message = (reqId: string, end: number): Uint8Array =>
      Uint8Array.from([
        ...field(40, 'req-1'),
        ...field(6, [
          ...field(1, 'req-1'),
          ...field(41, 'req-1'),
          ...field(2, reqId),
          ...field(4, field(2, 'req-1')),
          ...number(3, end),
          ...number(43, 1),
          ...field(5, 'req-1'),
        ]),
        ...number(1, 5),
        ...field(44, 'req-1'),
      ]);
    const patched = patchAnimation(message('req-1', 1), { reqId: OTHER_ID, clearEnd: true });
    expect(Uint8Array.from(patched)).toEqual(message(OTHER_ID, 0));
  });

  it('patches a field that occurs more than once, and content in pieces', () => {
    const content = [...field(2, 'req-0'), ...number(3, 1), ...field(2, 'req-1')];
    const raw = Uint8Array.from([...envelope(5, content), ...field(6, number(3, 1))]);
    const patched = patchAnimation(raw, { reqId: OTHER_ID, clearEnd: true });
    expect(decodeServerMessage(patched)).toMatchObject({ reqId: OTHER_ID, end: false });
    expect(patched).toHaveLength(raw.length);
  });

  it('does not change content that later content replaces', () => {
    const dropped = field(6, [...field(2, 'req-1'), ...number(3, 1)]);
    const raw = Uint8Array.from([...dropped, ...field(3, []), ...animation()]);
    const patched = patchAnimation(raw, { reqId: OTHER_ID, clearEnd: true });
    expect(Uint8Array.from(patched).subarray(0, dropped.length)).toEqual(Uint8Array.from(dropped));
    expect(decodeServerMessage(patched)).toMatchObject({ reqId: OTHER_ID });
  });

  it('clears an end flag that is encoded in more bytes than needed', () => {
    const raw = envelope(5, [...field(2, 'req-1'), 0x18, 0x81, 0x80, 0x00]);
    const patched = patchAnimation(raw, { clearEnd: true });
    expect(decodeServerMessage(patched)).toMatchObject({ reqId: 'req-1', end: false });
    expect(patched).toHaveLength(raw.length);
  });

  it('does not change a request id of another length', () => {
    expect(patchAnimation(animation(), { reqId: 'longer-id' })).toEqual(animation());
  });

  it('refuses a message that is not an animation', () => {
    const error = encodeServerMessage({ type: 4, connectionId: '', reqId: 'r', code: 0, message: '' });
    expect(() => patchAnimation(error, { clearEnd: true })).toThrow(WireError);
    expect(() => patchAnimation(Uint8Array.of(0xff), { clearEnd: true })).toThrow(WireError);
  });
});
