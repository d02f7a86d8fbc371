/** The text of the row that matched a failure comes from the tables, never from the service. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspect } from 'node:util';
import { classify } from '../../../src/core/failure/classify.js';
import type { FailureFacts } from '../../../src/core/failure/failure-facts.js';
import { createRedactor } from '../../../src/core/redaction/redactor.js';
import { toAvatarSDKError } from '../../../src/core/failure/to-avatar-sdk-error.js';
import {
  NOW_EPOCH_MS,
  serverError,
  socketClosed,
  tokenRefused,
  transportFailed,
  upgradeRefused,
} from './facts.js';

const matchedRow = (facts: FailureFacts): string => classify(facts, NOW_EPOCH_MS).matchedRow;
const idle = { closeReason: 'bye', unfinishedRequests: 0 };
const runtime = { phase: 'websocket_runtime', step: 'receive', usesEgress: false } as const;

describe('the matched row', () => {
  it.each<[string, FailureFacts]>([
    ['close code 4503: a rolling deploy or a failed inner service', socketClosed(4503)],
    [
      'close codes 4000 to 4499: like HTTP 4xx: the service refuses this client, and would refuse a new dial, too',
      socketClosed(4444),
    ],
    ['any other close code: no known meaning: only the close is certain', socketClosed(999)],
    ['no close code: only the close is certain', socketClosed(NaN)],
    ['close codes 1000 to 1999: reserved by the RFC, no meaning yet', socketClosed(1010)],
    ['close code 1011: an internal error of the service, which often restarts then', socketClosed(1011)],
    [
      'the words "no audio input for": closes with 1008 or 1011',
      socketClosed(1011, { closeReason: 'No audio input for 60s' }),
    ],
    [
      'close code 4010: one number for both; a token that was accepted before can only have expired; here the session had been confirmed',
      socketClosed(4010),
    ],
    [
      'close code 4010: one number for both; a token that was accepted before can only have expired; here the text says "expired"',
      socketClosed(4010, { closeReason: 'token expired', confirmed: false }),
    ],
    [
      'close code 1000: a normal close; unexpected while a request still waits for frames; here no request was open',
      socketClosed(1000, idle),
    ],
    ['ServerError 4001: the service counts credits while it streams', serverError(4001, 'x')],
    ['ServerError 14 (UNAVAILABLE): an internal part of the service is unavailable', serverError(14, 'x')],
    [
      'ServerError 14 (UNAVAILABLE), and the session uses a room: in a session with egress the room is the most likely cause',
      serverError(14, 'x', { usesEgress: true }),
    ],
    [
      'ServerError 400 (INVALID_ARGUMENT), and the text names the room: any parameter can be invalid, and the text names the room',
      serverError(400, 'bad agora channel'),
    ],
    [
      'the words "unsupported sample rate": comes as ServerError 0',
      serverError(0, 'unsupported sample rate: 1'),
    ],
    ['a ServerError whose number and words have no row', serverError(0, 'boom')],
    ['HTTP 401 to the token request: the API key was refused', tokenRefused(401)],
    ['HTTP 401 to the upgrade: well-formed, but not valid now', upgradeRefused(401)],
    ['HTTP 500: a failure that may occur again', upgradeRefused(500)],
    ['HTTP 500 to 599: other faults of the service', upgradeRefused(501)],
    ['HTTP 502 to 504: a gateway that does not reach the service: temporary', upgradeRefused(503)],
    ['no HTTP status', upgradeRefused(NaN)],
    ['no HTTP status', upgradeRefused(0)],
    [
      'the code text UNAVAILABLE: an internal part of the service is unavailable',
      upgradeRefused(500, { body: '{"code":"unavailable"}' }),
    ],
    ['transport code ECONNREFUSED: no listener: a restart', transportFailed('ECONNREFUSED')],
    [
      'transport code CERT_*: expired, not yet valid, revoked, untrusted or badly signed',
      transportFailed('CERT_HAS_EXPIRED'),
    ],
    ['a transport code without a row: counts as temporary', transportFailed('ENEW')],
    ['a step that was not answered in time', { ...runtime, kind: 'stepTimedOut', timeoutMs: 5 }],
    ['a ping that was not answered', { ...runtime, kind: 'heartbeatMissed', silentMs: 5 }],
    [
      'a message that the protocol does not allow here',
      { ...runtime, kind: 'protocolViolated', message: 'm' },
    ],
    [
      'a token provider that failed: treated as a network failure on the way to its backend',
      { ...runtime, kind: 'tokenProviderFailed', message: 'm' },
    ],
    [
      'found on this side, which also sets the code',
      { ...runtime, kind: 'refusedLocally', code: 'invalidRequest', message: 'm' },
    ],
  ])('%s', (words, facts) => {
    expect(matchedRow(facts)).toBe(words);
  });

  it('contains no text of the service, the system or the application', () => {
    const secret = fc.stringMatching(/^[a-z]{3}§[a-zA-Z0-9]{4,12}$/);
    const said = fc
      .tuple(fc.constantFrom('', 'credits exhausted ', 'expired ', 'livekit ', 'UNAVAILABLE '), secret)
      .map(([known, unknown]) => `${known}${unknown}`);
    const number = fc.oneof(fc.integer({ min: -5, max: 5_000 }), fc.constantFrom(3, 14, 16, 400));
    fc.assert(
      fc.property(said, number, fc.boolean(), (text, n, usesEgress) => {
        const body = JSON.stringify({ code: text, title: text, message: text });
        const headers = { 'x-request-id': text };
        for (const facts of [
          socketClosed(n, { closeReason: text, usesEgress }),
          serverError(n, text, { usesEgress }),
          upgradeRefused(n, { body, headers }),
          tokenRefused(n, { body, headers }),
          transportFailed(text),
        ]) {
          expect(matchedRow(facts)).not.toMatch(/§/);
          expect(matchedRow(facts)).not.toBe('');
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the matched row on the error', () => {
  const classification = classify(socketClosed(4503), NOW_EPOCH_MS);
  if (classification.normalEnd) throw new Error('4503 is a failure');
  const error = toAvatarSDKError(classification, createRedactor());

  it('can be read, but is not enumerated, logged or written as JSON', () => {
    expect(error.matchedRow).toBe('close code 4503: a rolling deploy or a failed inner service');
    expect(Object.keys(error)).not.toContain('matchedRow');
    expect(`${inspect(error)}${JSON.stringify(error)}`).not.toContain('rolling deploy');
  });

  it('cannot be changed', () => {
    expect(() => Object.assign(error, { matchedRow: 'other' })).toThrow(TypeError);
  });
});
