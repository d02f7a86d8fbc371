/**
 * No output shows a secret: the tests insert a secret into every text of the facts, in each encoding in which it
 * is sent.
 */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { AvatarSDKError } from '../../../src/core/failure/avatar-sdk-error.js';
import { classify } from '../../../src/core/failure/classify.js';
import type { FailureFacts } from '../../../src/core/failure/failure-facts.js';
import { createRedactor } from '../../../src/core/redaction/redactor.js';
import { shownText, toAvatarSDKError } from '../../../src/core/failure/to-avatar-sdk-error.js';
import {
  NOW_EPOCH_MS,
  serverError,
  socketClosed,
  tokenMissing,
  tokenRefused,
  transportFailed,
  upgradeRefused,
} from './facts.js';

const SECRET = 'pl4nted/s+cret';

function errorFrom(facts: FailureFacts, secrets = [SECRET]): AvatarSDKError {
  const classification = classify(facts, NOW_EPOCH_MS);
  if (classification.normalEnd) throw new Error('a normal end is no failure');
  return toAvatarSDKError(classification, createRedactor(secrets));
}

/** Everything that can be read from an error: members, JSON, stack and printed forms. */
function sinks(error: AvatarSDKError): string {
  const members = Reflect.ownKeys(error).map((key) => String(Reflect.get(error, key)));
  const shown = inspect(error, { depth: Infinity, showHidden: true, getters: true });
  const causes = inspect(error.cause, { depth: Infinity, showHidden: true, getters: true });
  return [
    shown,
    causes,
    JSON.stringify(error),
    String(error),
    error.stack,
    inspect(error.toJSON()),
    ...members,
  ].join('\n');
}

function requestError(message: string): Error {
  const inner = Object.assign(new Error(`inner ${message}`), {
    headers: { 'X-Api-Key': message },
    path: message,
  });
  return Object.assign(new TypeError(message, { cause: inner }), {
    code: 'ECONNRESET',
    request: { url: message },
  });
}

const runtime = { phase: 'websocket_runtime', step: 'receive', usesEgress: false } as const;
const headers = { 'x-request-id': SECRET, 'set-cookie': SECRET, 'retry-after': SECRET };
const errors = [{ id: SECRET, status: SECRET, code: SECRET, title: SECRET, detail: SECRET, message: SECRET }];
const everywhere: [string, FailureFacts][] = [
  ['a body of shape A', tokenRefused(401, { headers, body: JSON.stringify({ errors }) })],
  ['a body of shape B', upgradeRefused(400, { headers, body: JSON.stringify({ message: SECRET }) })],
  [
    'a body of shape C',
    upgradeRefused(400, { body: JSON.stringify({ error: { code: SECRET, request_id: SECRET } }) }),
  ],
  [
    'a body of shape D',
    upgradeRefused(502, { body: `<a href="?k=${encodeURIComponent(SECRET)}">${SECRET}</a>` }),
  ],
  ['a token answer', tokenMissing(JSON.stringify({ data: { tokens: [SECRET] } }))],
  ['a close reason', socketClosed(1011, { closeReason: `bad ${SECRET}`, connectionId: SECRET })],
  ['a ServerError', serverError(16, `bad ${SECRET}`, { connectionId: SECRET, reqId: SECRET })],
  ['a system error', transportFailed(SECRET, { message: SECRET, cause: requestError(SECRET) })],
  ['a violation', { kind: 'protocolViolated', ...runtime, message: SECRET, cause: requestError(SECRET) }],
  [
    'a provider that throws a text',
    { kind: 'tokenProviderFailed', ...runtime, message: SECRET, cause: SECRET },
  ],
  [
    'a provider that throws an object',
    { kind: 'tokenProviderFailed', ...runtime, message: SECRET, cause: { SECRET } },
  ],
  [
    'a local refusal',
    { kind: 'refusedLocally', ...runtime, code: 'unknown', message: SECRET, reqId: SECRET, cause: [SECRET] },
  ],
];

describe('a secret in every text', () => {
  it.each(everywhere)('of %s is in no output', (_name, facts) => {
    const error = errorFrom(facts);
    expect(sinks(error)).not.toMatch(/pl4nted|s\+cret|s%2Bcret/);
    expect(sinks(error)).toContain('[redacted]');
  });

  it('is redacted in places of credentials, although it was not registered as a secret', () => {
    const body = JSON.stringify({
      message: `sessionKey=${SECRET}`,
      headers: { Authorization: `Bearer ${SECRET}` },
    });
    expect(sinks(errorFrom(upgradeRefused(400, { body }), []))).not.toContain('pl4nted');
  });

  it.each([4_080, 4_090, 4_095])('leaves no part of it when the bound cuts it at %d', (before) => {
    const body = `${'x'.repeat(before)}${SECRET} and more ${'y'.repeat(5_000)}`;
    const error = errorFrom(upgradeRefused(502, { body }));
    expect(error.rawBody?.length).toBeLessThanOrEqual(4_096);
    expect(error.rawBody).not.toContain('pl4');
  });
});

describe('the error that is made from a failure', () => {
  it('is bounded in every text', () => {
    const long = 'z'.repeat(200_000);
    const error = errorFrom(
      tokenRefused(500, { body: JSON.stringify({ errors: [{ ...errors[0], detail: long }] }) }),
    );
    expect([error.rawBody?.length, error.serverDetail?.length, error.message.length]).toEqual([
      4_096, 2_048, 512,
    ]);
    expect(JSON.stringify(error).length).toBeLessThan(9_000);
    const closed = errorFrom(socketClosed(4503, { closeReason: long, connectionId: long }));
    expect([closed.closeReason?.length, closed.connectionId?.length]).toEqual([512, 256]);
    const reported = errorFrom(serverError(4503, long, { reqId: long, connectionId: long }));
    expect([reported.serverDetail?.length, reported.reqId?.length]).toEqual([2_048, 256]);
  });

  it('keeps a text that is exactly as long as its bound, and cuts a longer one and marks the cut', () => {
    const exactly = errorFrom(upgradeRefused(502, { body: `<${'x'.repeat(4_095)}` }));
    expect(exactly.rawBody).toBe(`<${'x'.repeat(4_095)}`);
    const longer = errorFrom(upgradeRefused(502, { body: `<${'x'.repeat(4_096)}` }));
    expect(longer.rawBody).toBe(`<${'x'.repeat(4_094)}…`);
  });

  it('looks for secrets 256 characters beyond what it keeps, and not in the rest', () => {
    const searched: number[] = [];
    const classification = classify(upgradeRefused(502, { body: `<${'x'.repeat(100_000)}` }), NOW_EPOCH_MS);
    if (classification.normalEnd) throw new Error('a normal end is no failure');
    toAvatarSDKError(classification, {
      redact: (text) => {
        searched.push(text.length);
        return text;
      },
    });
    expect(Math.max(...searched)).toBe(4_096 + 256);
  });

  it('is never cut inside a character', () => {
    const within = errorFrom(upgradeRefused(502, { body: `<💬${'x'.repeat(5_000)}` }));
    expect(within.rawBody).toContain('<💬xx');
    const error = errorFrom(upgradeRefused(502, { body: `<${'💬'.repeat(3_000)}` }));
    // Only half of one more character would fit.
    expect(error.rawBody).toBe(`<${'💬'.repeat(2_047)}…`);
    const even = errorFrom(upgradeRefused(502, { body: `<x${'💬'.repeat(3_000)}` }));
    expect(even.rawBody).toBe(`<x${'💬'.repeat(2_046)}…`);
  });

  it.each([0, 8, 300])('shows no part of a secret that begins %d characters before the bound', (before) => {
    const secret = Array.from('st_Q7w2Zr9Kx4Lm1Np8'.repeat(20)).join('/');
    const encoded = encodeURIComponent(encodeURIComponent(secret));
    const body = `<${'x'.repeat(4_095 - before)} ${encoded}`;
    const classification = classify(upgradeRefused(502, { body }), NOW_EPOCH_MS);
    if (classification.normalEnd) throw new Error('a normal end is no failure');
    const error = toAvatarSDKError(classification, createRedactor([secret]));
    expect(error.rawBody).not.toMatch(/s%252Ft/);
  });

  it('contains no character that changes its visible order or is invisible', () => {
    const words = 'denied \u202E)ko(\u202C \u2066x\u2069 a\u200Bb\uFEFF\u034F \u{E0041}\uFE0F\u2028c';
    expect(errorFrom(upgradeRefused(402, { body: JSON.stringify({ message: words }) })).message).toBe(
      'upgrade refused with HTTP 402 (denied )ko( x ab c)',
    );
  });

  it('has a message of one line, without control characters', () => {
    const error = errorFrom(socketClosed(4503, { closeReason: 'up\r\nstream \u001b[31mred\u0000' }));
    expect(error.message).toBe('connection closed by the service with 4503 (up stream [31mred )');
    const refusal = { kind: 'refusedLocally', ...runtime, code: 'unknown' } as const;
    expect(errorFrom({ ...refusal, message: '\n so \t' }).message).toBe('so');
  });

  it.each([
    ['a bidirectional character', '\u202e'],
    ['zero-width characters', '\u200b\u200b'],
    ['many control characters', '\u0000'.repeat(5_000)],
    ['blanks and isolates', '\u00a0\u2066 '],
  ])(
    'has no empty brackets when no character of the service’s text can be shown: %s',
    (_what, closeReason) => {
      const error = errorFrom(socketClosed(4503, { closeReason }));
      expect(error.message).toBe('connection closed by the service with 4503');
    },
  );

  it('keeps name, code and message of the cause and of its own cause, and nothing else', () => {
    const error = errorFrom(transportFailed('ECONNRESET', { cause: requestError('read ECONNRESET') }));
    const { cause } = error;
    expect(cause).toBeInstanceOf(Error);
    expect(cause).toMatchObject({ name: 'TypeError', code: 'ECONNRESET', message: 'read ECONNRESET' });
    expect(cause).toMatchObject({ cause: { message: 'inner read ECONNRESET' } });
    expect(cause).not.toHaveProperty('request');
    expect(cause).not.toHaveProperty('cause.headers');
    expect(error.toJSON()['cause']).toBe('read ECONNRESET');
  });

  it.each([
    ['a text', 'boom', 'boom'],
    ['a number', 7, '7'],
    ['null', null, 'null'],
    ['an object', { message: 'm', token: 't' }, 'm'],
    ['an object without a message', { token: 't' }, 'a value that is no Error'],
    ['several errors', new AggregateError([new Error('first')], 'all failed'), 'all failed'],
  ])('keeps the text of %s as a cause', (_name, cause, message) => {
    expect(errorFrom(transportFailed('', { cause })).cause).toMatchObject({ message });
  });

  it('accepts a cause that cannot be read, and one that is its own cause', () => {
    const unreadable = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    const circular = new Error('round');
    circular.cause = circular;
    expect(errorFrom(transportFailed('', { cause: unreadable })).cause).toBeInstanceOf(Error);
    expect(errorFrom(transportFailed('', { cause: circular })).cause).toMatchObject({ message: 'round' });
  });

  it('has the row that led to its code, as a member that is not enumerable', () => {
    const error = errorFrom(socketClosed(4404));
    const classification = classify(socketClosed(4404), NOW_EPOCH_MS);
    expect(error.matchedRow).toBe(classification.matchedRow);
    expect(Object.keys(error)).not.toContain('matchedRow');
    const bare = { code: 'unknown', phase: 'websocket_connect', step: 'upgrade', message: '' } as const;
    expect(Object.hasOwn(toAvatarSDKError(bare, createRedactor()), 'matchedRow')).toBe(false);
  });

  it('copies the fields that are not texts', () => {
    const error = errorFrom(upgradeRefused(429, { headers: { 'retry-after': '0' } }));
    expect(error).toMatchObject({ httpStatus: 429, retryAfterMs: 0, permanent: false, willRetry: false });
    expect(errorFrom(socketClosed(4404))).toMatchObject({ closeCode: 4404, permanent: true });
    expect(error).not.toHaveProperty('normalEnd');
  });
});

describe('texts that come only from this package', () => {
  it('are not changed, although a secret is one of their words', () => {
    const lost = errorFrom(socketClosed(1006), ['connection', 'frame', 'proxies']);
    expect(lost.message).toBe('connection lost without a close frame (1006)');
    expect(lost.remediation).toMatch(/^Check the network and the proxies/);
  });

  it('are shown in one line, also after the same text was the stack of a cause', () => {
    const cause = Object.assign(new Error('read ECONNRESET'), {
      code: 'ECONNRESET',
      stack: 'Error: read ECONNRESET\n    at TCP.onStreamRead (node:internal/stream_base_commons:217:20)',
    });
    const lost = errorFrom(socketClosed(1006, { cause }));
    expect(lost.cause).toMatchObject({ stack: cause.stack });
    expect(shownText(cause.stack, createRedactor())).toBe(
      'Error: read ECONNRESET at TCP.onStreamRead (node:internal/stream_base_commons:217:20)',
    );
  });

  it('do not include a text with one further word', () => {
    const closed = errorFrom(socketClosed(4999, { closeReason: SECRET }));
    expect(sinks(closed)).not.toContain(SECRET);
    const broken = Object.assign(new Error(`read ECONNRESET ${SECRET}`), { code: 'ECONNRESET' });
    expect(sinks(errorFrom(socketClosed(1006, { cause: broken })))).not.toContain(SECRET);
  });
});
