/** Empty fields of an egress decode like fields that are absent. */
import { describe, expect, it } from 'vitest';
import { decodeClientMessage } from '../../src/wire/decode.js';

/** A configuration with one egress whose content is the given bytes. */
function configured(field: 6 | 7, egress: readonly number[]): object {
  const content = [(field << 3) | 2, egress.length, ...egress];
  return decodeClientMessage(Uint8Array.of(0x08, 1, 0x12, content.length, ...content));
}

describe('an egress with empty fields', () => {
  it('for LiveKit has only its URL', () => {
    const emptyTexts = [2, 3, 4, 5, 8].flatMap((field) => [(field << 3) | 2, 0]);
    const egress = [0x0a, 1, 0x75, ...emptyTexts, 0x38, 0];
    expect(configured(6, egress)).toHaveProperty('livekitEgress', { url: 'u' });
  });

  it('for Agora has only its channel', () => {
    expect(configured(7, [0x0a, 1, 0x63, 0x12, 0, 0x18, 0, 0x22, 0])).toHaveProperty('agoraEgress', {
      channelName: 'c',
    });
  });
});
