import { describe, expect, it } from 'vitest';
import { type SeenFailure, sameFailure } from '../../../src/core/policy/decide.js';

const credits: SeenFailure = { code: 'creditsExhausted', serverCode: '4001' };
const unclassified: SeenFailure = { code: 'serverError', serverCode: '0' };

describe('an error followed by a close', () => {
  it.each<[string, SeenFailure, SeenFailure, boolean]>([
    ['with the same number', credits, { code: 'creditsExhausted', closeCode: 4001 }, true],
    ['with another number of the same code', credits, { code: 'creditsExhausted', closeCode: 1011 }, true],
    [
      'with the same number, for which a close without the error would have another code',
      { code: 'sessionTokenExpired', serverCode: '4010' },
      { code: 'sessionTokenInvalid', closeCode: 4010 },
      true,
    ],
    ['with 1000', unclassified, { code: 'connectionClosed', closeCode: 1000 }, true],
    ['that would have been a normal end', unclassified, { closeCode: 1000 }, true],
    ['without a code', unclassified, { code: 'connectionClosed', closeCode: 1005 }, true],
    ['without a close frame', credits, { code: 'connectionClosed', closeCode: 1006 }, true],
    ['with 1011', unclassified, { code: 'connectionClosed', closeCode: 1011 }, true],
    [
      'with 1011 and a reason of the text rules',
      unclassified,
      { code: 'idleTimeout', closeCode: 1011 },
      false,
    ],
    ['with 1012, a restart', unclassified, { code: 'connectionClosed', closeCode: 1012 }, false],
    ['with 4503', unclassified, { code: 'upstreamError', closeCode: 4503 }, false],
    ['with another application code', credits, { code: 'sessionDurationExceeded', closeCode: 4002 }, false],
    [
      'with 1009 after an oversized frame',
      { code: 'protocolError' },
      { code: 'invalidRequest', closeCode: 1009 },
      true,
    ],
    [
      'with 4503 after a broken protocol',
      { code: 'protocolError' },
      { code: 'upstreamError', closeCode: 4503 },
      false,
    ],
    ['with 1009 after another error', unclassified, { code: 'invalidRequest', closeCode: 1009 }, false],
  ])('%s', (_name, first, second, same) => {
    expect(sameFailure(first, second, 10)).toBe(same);
  });

  it.each([
    [0, true],
    [1_000, true],
    [1_001, false],
    [-1, false],
    [Number.NaN, false],
  ])('%d ms later it is the same failure: %s', (elapsedMs, same) => {
    expect(sameFailure(credits, { code: 'creditsExhausted', closeCode: 4001 }, elapsedMs)).toBe(same);
  });

  it('on another connection it is another failure', () => {
    const close = { code: 'creditsExhausted', closeCode: 4001 } as const;
    expect(sameFailure({ ...credits, connectionId: 'a' }, { ...close, connectionId: 'b' }, 0)).toBe(false);
    expect(sameFailure({ ...credits, connectionId: 'a' }, { ...close, connectionId: 'a' }, 0)).toBe(true);
    expect(sameFailure(credits, { ...close, connectionId: 'b' }, 0)).toBe(true);
    expect(sameFailure({ ...credits, connectionId: 'a' }, close, 0)).toBe(true);
  });
});

describe('other pairs', () => {
  it('two errors, two closes, or an error after a close are two failures', () => {
    const close: SeenFailure = { code: 'creditsExhausted', closeCode: 4001 };
    expect(sameFailure(credits, credits, 0)).toBe(false);
    expect(sameFailure(close, close, 0)).toBe(false);
    expect(sameFailure(close, credits, 0)).toBe(false);
  });
});
