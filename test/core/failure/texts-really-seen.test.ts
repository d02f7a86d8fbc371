/** Recorded responses of the real service: their classification, and every field of the error. */
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/core/failure/classify.js';
import type { FailureFacts } from '../../../src/core/failure/failure-facts.js';
import { NOW_EPOCH_MS, serverError, socketClosed, tokenRefused, upgradeRefused } from './facts.js';

const roomRefused = 'failed to create connection: failed to connect to room: unauthorized: invalid token';

describe('texts that the real service has sent', () => {
  it.each([
    [
      'upgrade 400',
      upgradeRefused(400, { body: '{"message":"Invalid session token"}' }),
      'sessionTokenInvalid',
    ],
    ['upgrade 404', upgradeRefused(404, { body: '{"message":"Avatar not found: a-1"}' }), 'avatarNotFound'],
    [
      'upgrade 402',
      upgradeRefused(402, { body: '{"message":"session denied: credits exhausted"}' }),
      'creditsExhausted',
    ],
    ['ServerError 16 with egress', serverError(16, roomRefused, { usesEgress: true }), 'invalidEgressConfig'],
    ['ServerError 0', serverError(0, 'unsupported sample rate: 12345'), 'unsupportedSampleRate'],
    ['close 4001', socketClosed(4001, { closeReason: 'Credits exhausted' }), 'creditsExhausted'],
    [
      'token 400',
      tokenRefused(400, { body: '{"errors":[{"detail":"expire_at must be in the future"}]}' }),
      'invalidRequest',
    ],
  ])('%s', (_name, facts, code) => {
    expect(classify(facts, NOW_EPOCH_MS)).toMatchObject({ normalEnd: false, code });
  });
});

/** All fields except the remedy, which another test checks. */
function fieldsOf(facts: FailureFacts): object {
  return Object.fromEntries(
    Object.entries(classify(facts, NOW_EPOCH_MS)).filter(([name]) => name !== 'remediation'),
  );
}

describe('the fields of a failure', () => {
  it('of an HTTP refusal are all those of the response', () => {
    const error = { id: 'e-1', status: '401', code: 'KEY', title: 'Unauthorized', detail: 'key revoked' };
    const body = JSON.stringify({ errors: [error] });
    const headers = { 'x-request-id': 'r-1', 'retry-after-ms': '250' };
    expect(fieldsOf(tokenRefused(200, { body, headers }))).toEqual({
      normalEnd: false,
      origin: 'service',
      code: 'sessionTokenInvalid',
      matchedRow: 'HTTP 401 to the token request: the API key was refused',
      phase: 'session_token',
      step: 'request',
      message: 'token request refused with HTTP 401 (key revoked)',
      httpStatus: 401,
      serverCode: 'KEY',
      serverTitle: 'Unauthorized',
      serverDetail: 'key revoked',
      requestId: 'r-1',
      retryAfterMs: 250,
      rawBody: body,
    });
  });

  it('of a close are the number and the reason', () => {
    const facts = socketClosed(4503, { closeReason: 'upstream restarting', connectionId: 'c-1' });
    expect(fieldsOf(facts)).toEqual({
      normalEnd: false,
      origin: 'service',
      code: 'upstreamError',
      matchedRow: 'close code 4503: a rolling deploy or a failed inner service',
      phase: 'websocket_runtime',
      step: 'close',
      message: 'connection closed by the service with 4503 (upstream restarting)',
      connectionId: 'c-1',
      closeCode: 4503,
      closeReason: 'upstream restarting',
    });
  });

  it('of a ServerError are its number as text, its words and its request', () => {
    const facts = serverError(0, 'boom', { phase: 'websocket_runtime', step: 'receive', reqId: 'q-1' });
    expect(fieldsOf(facts)).toEqual({
      normalEnd: false,
      origin: 'service',
      code: 'serverError',
      matchedRow: 'a ServerError whose number and words have no row',
      phase: 'websocket_runtime',
      step: 'receive',
      message: 'the service reported error 0 (boom)',
      serverCode: '0',
      serverDetail: 'boom',
      reqId: 'q-1',
    });
  });

  it('of a normal end are the number and the reason', () => {
    const facts = socketClosed(1000, { closeReason: 'bye', unfinishedRequests: 0, connectionId: 'c-1' });
    expect(classify(facts, NOW_EPOCH_MS)).toEqual({
      normalEnd: true,
      matchedRow:
        'close code 1000: a normal close; unexpected while a request still waits for frames; here no request was open',
      closeCode: 1000,
      closeReason: 'bye',
      connectionId: 'c-1',
    });
  });

  it.each([
    [tokenRefused(503), 'token request refused with HTTP 503'],
    [upgradeRefused(503), 'upgrade refused with HTTP 503'],
    [socketClosed(1006), 'connection lost without a close frame (1006)'],
    [socketClosed(1005), 'connection closed by the service without a close code (1005)'],
    [serverError(4001, ''), 'the service reported error 4001'],
  ])('the message of facts %# is a plain sentence', (facts, message) => {
    expect(classify(facts, NOW_EPOCH_MS)).toMatchObject({ message });
  });
});
