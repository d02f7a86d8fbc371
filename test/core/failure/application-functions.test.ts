/**
 * Failures of functions that the application gave: the error names the function and contains its text once.
 */
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/core/failure/classify.js';
import type { FailureFacts } from '../../../src/core/failure/failure-facts.js';
import type { LocalProblem } from '../../../src/core/failure/local-problem.js';
import { NOW_EPOCH_MS, transportFailed } from './facts.js';

const token = { phase: 'session_token', step: 'request', usesEgress: false } as const;
const configure = { phase: 'websocket_connect', step: 'handshake', usesEgress: true } as const;

describe('a function of the application', () => {
  it.each<[FailureFacts, string]>([
    [{ ...token, kind: 'tokenProviderFailed', message: 'no key' }, 'the token provider failed: no key'],
    [{ ...token, kind: 'tokenProviderFailed', message: '' }, 'the token provider failed'],
    [
      { ...token, kind: 'tokenProviderFailed', message: 'The token provider failed: no key' },
      'the token provider failed: no key',
    ],
    [
      { ...token, kind: 'tokenProviderFailed', message: 'the token provider failed.' },
      'the token provider failed',
    ],
    [
      { ...configure, kind: 'tokenProviderFailed', message: 'no room' },
      'the egress function failed: no room',
    ],
    [
      { ...token, kind: 'stepTimedOut', timeoutMs: 5, ofApplication: true },
      'the token provider did not settle within 5 ms',
    ],
    [
      { ...configure, kind: 'stepTimedOut', timeoutMs: 5, ofApplication: true },
      'the egress function did not settle within 5 ms',
    ],
    [
      transportFailed('', { ...token, ofApplication: true, message: 'no client' }),
      'httpPost failed: no client',
    ],
  ])('%j', (facts, message) => {
    expect(classify(facts, NOW_EPOCH_MS)).toMatchObject({
      code: 'connectionFailed',
      origin: 'application',
      message,
    });
  });
});

describe('a problem inside the client', () => {
  it.each<[LocalProblem, string]>([
    ['sourceFailed', 'source'],
    ['sourceStalled', 'source'],
    ['tokenProviderAnswer', 'application'],
    ['ended', 'service'],
    ['closed', 'local'],
    ['replayLimit', 'local'],
  ])('%s has the origin %s', (problem, origin) => {
    const facts = {
      ...token,
      kind: 'refusedLocally',
      code: 'invalidRequest',
      message: 'no',
      problem,
    } as const;
    expect(classify(facts, NOW_EPOCH_MS)).toMatchObject({ origin });
  });
});
