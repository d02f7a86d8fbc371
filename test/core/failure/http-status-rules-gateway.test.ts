/**
 * The classification of responses that are not from the service: on a first connect, and in a session that was
 * confirmed before.
 */
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/core/failure/classify.js';
import type { FailureFacts } from '../../../src/core/failure/failure-facts.js';
import { gatewayAnswer } from '../../../src/core/failure/http-status-rules.js';
import { NOW_EPOCH_MS, tokenMissing, tokenRefused, transportFailed, upgradeRefused } from './facts.js';

const PAGE = '<html>\r\n<head><title>404 Not Found</title></head></html>';
const OWN = '{"errors":[{"status":404,"code":"not_found","title":"no such app"}]}';
/** Gateways that are used in front of services, and responses that they make themselves. */
const FRONTS = [
  ['Kong', '{"message":"no Route matched with those values"}'],
  ['a newer Kong', '{"message":"no Route matched with those values","request_id":"0b8f"}'],
  ['AWS API Gateway', '{"message":"Forbidden"}'],
  ['AWS API Gateway with a misspelt member', '{"Message":"x","message":"Internal server error"}'],
  ['AWS without a route', '{"message":"Missing Authentication Token"}'],
  ['GCP API Gateway', '{"message":"The current request is not defined by this API.","code":404}'],
  ['Google', '{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND"}}'],
  ['gRPC-Gateway', '{"code":5,"message":"Not Found","details":[]}'],
  ['Azure API Management', '{"statusCode":404,"message":"Resource not found"}'],
  ['Spring', '{"timestamp":1,"status":404,"error":"Not Found","message":"No message available","path":"/"}'],
  ['Cloudflare', '{"success":false,"errors":[{"code":7003,"message":"Could not route"}]}'],
  ['a small proxy', '{"error":{"message":"no healthy upstream"}}'],
] as const;

function meaning(facts: FailureFacts, confirmedBefore: boolean): string {
  const found = classify({ ...facts, confirmedBefore }, NOW_EPOCH_MS);
  return found.normalEnd ? 'normal end' : `${found.code} of the ${found.origin}`;
}

describe('a response, by its body', () => {
  it.each([
    ['an HTML page', PAGE, 'a page'],
    ['a page after white space', `\n  ${PAGE}`, 'a page'],
    ['another markup', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', 'a page'],
    ['nothing', '', 'an empty body'],
    ['white space', ' \r\n', 'an empty body'],
    ['plain text', 'default backend - 404', 'a body in no shape of the service'],
    ['JSON that is not an error', '{"status":"maintenance"}', 'a body in no shape of the service'],
    [
      'an error of another framework',
      '{"timestamp":1,"status":404,"error":"Not Found","path":"/"}',
      'a body in no shape of the service',
    ],
    ['one more', '{"detail":"Not Found"}', 'a body in no shape of the service'],
    ['a list', '[]', 'a body in no shape of the service'],
    ['a text', '"no"', 'a body in no shape of the service'],
    ['an empty error', '{"error":{}}', 'a body in no shape of the service'],
    ['an empty list of errors', '{"errors":[]}', 'a body in no shape of the service'],
    ['an empty message', '{"message":" "}', 'a body in no shape of the service'],
    ['broken JSON', '{"message":"cut', 'a body in no shape of the service'],
  ])('%s is not from the service', (_what, body, row) => {
    for (const confirmedBefore of [false, true]) expect(gatewayAnswer(404, body, confirmedBefore)).toBe(row);
  });

  it.each([
    ['A', '{"errors":[{"title":"Forbidden"}]}'],
    ['A with an id', '{"errors":[{"id":"e-1","status":404,"message":"x"}]}'],
    ['A with a code and a message', '{"errors":[{"code":"NOT_FOUND","message":"x"}]}'],
    ['C', '{"error":{"code":"NOT_FOUND","message":"x"}}'],
    ['C with a request id', '{"error":{"code":404,"message":"x","request_id":"r-1"}}'],
    ['C with only a code', '{"error":{"code":5}}'],
  ])('shape %s is from the service', (_shape, body) => {
    for (const confirmedBefore of [false, true])
      expect(gatewayAnswer(404, body, confirmedBefore)).toBeUndefined();
  });

  it.each(FRONTS)(
    'a body with only a message can be from the service: %s, unless the session was confirmed before',
    (_who, body) => {
      expect(gatewayAnswer(404, body, false)).toBeUndefined();
      expect(gatewayAnswer(404, body, true)).toBe('a message alone, in words that the service does not use');
    },
  );

  it.each([402, 429])('a body with only a message is about the account with %i', (status) => {
    expect(gatewayAnswer(status, OWN, true)).toBeUndefined();
  });
});

describe('a response with this status comes from a gateway, for any body', () => {
  it.each([301, 302, 307, 308, 399, 405, 407, 421, 426, 507, 509, 511, 520, 522, 527, 530])(
    '%i',
    (status) => {
      expect(gatewayAnswer(status, OWN, false)).toMatch(new RegExp(`^HTTP (${status}|\\d+ to \\d+), `));
    },
  );

  it.each([400, 401, 402, 403, 404, 408, 409, 413, 429, 431, 500, 502, 503, 504, 508, 528, 529, 531])(
    'not %i',
    (status) => {
      expect(gatewayAnswer(status, OWN, true)).toBeUndefined();
    },
  );
});

describe.each([
  ['the token request', tokenRefused],
  ['the upgrade', upgradeRefused],
] as const)('at %s', (_where, refused) => {
  it.each<readonly [status: number, body: string]>([
    [404, 'default backend - 404'],
    [404, PAGE],
    [403, '<html>Request blocked</html>'],
    [401, ''],
    [400, PAGE],
    [400, ''],
    [302, ''],
    [405, OWN],
    [421, PAGE],
    [426, PAGE],
    [431, PAGE],
    [413, ''],
    [408, ''],
    [500, PAGE],
    [500, 'upstream connect error or disconnect/reset before headers'],
    [507, OWN],
    [511, PAGE],
    [200, '<html><title>Maintenance</title></html>'],
    [502, PAGE],
    [503, ''],
    [525, PAGE],
    ...FRONTS.flatMap(([, body]) => [403, 404, 500].map((status) => [status, body] as const)),
  ])('%i %j comes from a gateway if the session was confirmed before', (status, body) => {
    const facts = refused(status, { body });
    expect(meaning(facts, true)).toBe('upstreamError of the gateway');
    expect(classify({ ...facts, confirmedBefore: true }, NOW_EPOCH_MS).matchedRow).toMatch(
      / not the service’s answer, as it had confirmed the session before$/,
    );
  });

  it.each([
    [404, OWN, 'appIDUnrecognized'],
    [500, '{"error":{"code":"INTERNAL","message":"boom","request_id":"r-1"}}', 'serverError'],
    [404, '{"message":"Avatar not found: a-1"}', 'avatarNotFound'],
    [400, '{"message":"Invalid session token"}', 'sessionTokenInvalid'],
    [402, '{"message":"session denied: credits exhausted"}', 'creditsExhausted'],
    [405, '{"message":"Session denied by plan"}', 'billingRequired'],
    [503, '{"error":{"code":"BUSY","message":"busy"}}', 'upstreamError'],
  ])(
    '%i %j comes from the service, whether or not the session was confirmed before',
    (status, body, code) => {
      for (const confirmedBefore of [false, true]) {
        expect(meaning(refused(status, { body }), confirmedBefore)).toBe(`${code} of the service`);
      }
    },
  );

  it.each([520, 521, 522, 523, 524, 530])('%i is always an upstreamError', (status) => {
    for (const body of [PAGE, '', OWN]) {
      expect(meaning(refused(status, { body }), false)).toBe('upstreamError of the gateway');
    }
  });

  it('429 is always a concurrencyLimit; its origin decides which sessions have to wait', () => {
    expect(meaning(refused(429, { body: PAGE }), true)).toBe('concurrencyLimit of the gateway');
    expect(meaning(refused(429, { body: '{"message":"slow down"}' }), true)).toBe(
      'concurrencyLimit of the service',
    );
  });

  it('the wait that it asks for is kept', () => {
    const facts = { ...refused(503, { body: PAGE, headers: { 'retry-after': '7' } }), confirmedBefore: true };
    expect(classify(facts, NOW_EPOCH_MS)).toMatchObject({ code: 'upstreamError', retryAfterMs: 7_000 });
  });
});

describe('on a first connect the code is not changed', () => {
  it.each(FRONTS)('and a body with only a message counts as the service’s: %s', (_who, body) => {
    expect(meaning(upgradeRefused(404, { body }), false)).toBe('appIDUnrecognized of the service');
    expect(meaning(upgradeRefused(500, { body }), false)).toBe('serverError of the service');
  });

  it.each([
    ['404 to the upgrade', upgradeRefused(404, { body: PAGE }), 'appIDUnrecognized'],
    ['403 to the token request', tokenRefused(403, { body: PAGE }), 'sessionTokenInvalid'],
    ['401 to the upgrade', upgradeRefused(401), 'sessionTokenExpired'],
    ['400 to the upgrade without a page', upgradeRefused(400), 'sessionTokenInvalid'],
    ['302', upgradeRefused(302), 'invalidRequest'],
    ['525', upgradeRefused(525, { body: PAGE }), 'serverError'],
    ['a page in place of a token', tokenMissing(PAGE), 'protocolError'],
  ] as const)('%s', (_what, facts, code) => {
    expect(meaning(facts, false)).toBe(`${code} of the gateway`);
  });

  it('but a page with 400 at the upgrade is not a token failure', () => {
    expect(meaning(upgradeRefused(400, { body: PAGE }), false)).toBe('invalidRequest of the gateway');
    expect(meaning(upgradeRefused(400, { body: OWN }), false)).toBe('sessionTokenInvalid of the service');
  });
});

/** Words of the service. The tests put them into every shape of a body, of the service and of others. */
const WORDS = [
  [401, 'token is expired', 'sessionTokenExpired'],
  [403, 'Session denied', 'billingRequired'],
  [400, 'Invalid session token', 'sessionTokenInvalid'],
  [403, 'empty token', 'sessionTokenInvalid'],
  [402, 'session denied: credits exhausted', 'creditsExhausted'],
  [404, 'Avatar not found: a-1', 'avatarNotFound'],
  [403, 'app id mismatch', 'appIDMismatch'],
  [200, 'Session denied', 'billingRequired'],
  [503, 'session time limit reached', 'sessionDurationExceeded'],
] as const;
const SERVICE_SHAPES = [
  ['A', (words: string) => ({ errors: [{ id: 'e-1', title: 'refused', detail: words }] })],
  ['A, only a message', (words: string) => ({ errors: [{ message: words }] })],
  ['B', (words: string) => ({ message: words })],
  ['C', (words: string) => ({ error: { code: 'REFUSED', message: words, request_id: 'r-1' } })],
] as const;
const FOREIGN_SHAPES = [
  ['plain text', (words: string) => words],
  ['plain text with line breaks', (words: string) => `\r\n${words}\r\n`],
  ['a JSON text', (words: string) => JSON.stringify(words)],
  ['FastAPI', (words: string) => JSON.stringify({ detail: words })],
  ['OAuth', (words: string) => JSON.stringify({ error: 'invalid_token', error_description: words })],
  ['an error as text', (words: string) => JSON.stringify({ error: words })],
  ['problem+json', (words: string) => JSON.stringify({ type: 'about:blank', title: words, status: 403 })],
  ['broken JSON', (words: string) => `{"message":"${words}`],
  ['a list', (words: string) => JSON.stringify([{ message: words }])],
  ['a page', (words: string) => `<html><title>${words}</title></html>`],
] as const;

describe.each(WORDS)('%i with the words "%s"', (status, words, code) => {
  const places = [
    ['the token request', status === 200 ? undefined : tokenRefused],
    ['the upgrade', upgradeRefused],
  ] as const;
  for (const [place, refused] of places) {
    if (refused === undefined) continue;
    it.each(SERVICE_SHAPES)(`at ${place} in shape %s are the service’s, whenever they come`, (_shape, of) => {
      const facts = refused(status, { body: JSON.stringify(of(words)) });
      for (const before of [false, true]) expect(meaning(facts, before)).toBe(`${code} of the service`);
    });

    it.each(FOREIGN_SHAPES)(`at ${place} in %s are a gateway’s while a session reconnects`, (_shape, of) => {
      expect(meaning(refused(status, { body: of(words) }), true)).toBe('upstreamError of the gateway');
    });

    it(`at ${place} as plain text keep their meaning on a first connect`, () => {
      expect(meaning(refused(status, { body: words }), false)).toBe(`${code} of the service`);
    });
  }

  it.each(FOREIGN_SHAPES)(
    'in place of a token, in %s: a gateway’s while a session reconnects',
    (_shape, of) => {
      expect(meaning(tokenMissing(of(words)), true)).toBe('upstreamError of the gateway');
    },
  );
});

describe('a response that cannot be parsed:', () => {
  const malformed = {
    kind: 'protocolViolated',
    phase: 'websocket_connect',
    step: 'upgrade',
    usesEgress: false,
    message: 'Invalid Sec-WebSocket-Accept header',
  } as const;

  it.each<[string, FailureFacts]>([
    ['an upgrade answer', malformed],
    ['no HTTP at the upgrade', transportFailed('HPE_INVALID_CONSTANT')],
    [
      'no HTTP at the console',
      transportFailed('HPE_INVALID_CONSTANT', { phase: 'session_token', step: 'request' }),
    ],
  ])('%s comes from a gateway if the session was confirmed before', (_what, facts) => {
    expect(meaning(facts, true)).toBe('upstreamError of the gateway');
    expect(meaning(facts, false)).toBe('protocolError of the service');
  });

  it('so does a response to the handshake that is not a message of the protocol', () => {
    expect(meaning({ ...malformed, step: 'handshake' }, true)).toBe('upstreamError of the gateway');
    expect(meaning({ ...malformed, step: 'handshake' }, false)).toBe('protocolError of the service');
  });

  it('one of a service that was reached stays a protocolError of the service', () => {
    const wrong = { ...malformed, step: 'handshake', ofService: true } as const;
    expect(meaning(wrong, true)).toBe('protocolError of the service');
    const runtime = { ...malformed, phase: 'websocket_runtime', step: 'receive' } as const;
    expect(meaning(runtime, true)).toBe('protocolError of the service');
  });
});
