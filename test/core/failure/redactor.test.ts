import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/core/failure/redactor.js';

const SECRET = 'p4ss/w+rd "ö" & =42';
const redact = (text: string): string => createRedactor().redact(text);

describe('known secrets', () => {
  const redactKnown = (text: string): string => createRedactor([SECRET, undefined, 'abc']).redact(text);
  const base64 = Buffer.from(SECRET).toString('base64');

  it.each([
    ['plain', SECRET],
    ['URL-encoded', encodeURIComponent(SECRET)],
    ['URL-encoded with lower-case digits', encodeURIComponent(SECRET).toLowerCase()],
    ['as a form value', new URLSearchParams({ v: SECRET }).toString().slice(2)],
    ['JSON-escaped', JSON.stringify(SECRET).slice(1, -1)],
    ['JSON-escaped twice', JSON.stringify(JSON.stringify(SECRET)).slice(3, -3)],
    ['base64', base64.replace(/.==?$/, '')],
    ['base64url', Buffer.from(SECRET).toString('base64url').slice(0, -1)],
  ])('are replaced %s', (_form, shown) => {
    const text = redactKnown(`before ${shown}; after`);
    expect(text).toBe('before [redacted]; after');
  });

  it.each([0, 1, 2, 3])('are replaced within longer base64, %d bytes before them', (offset) => {
    const encoded = Buffer.from(`${'x'.repeat(offset)}${SECRET}yy`).toString('base64');
    const decoded = Buffer.from(redactKnown(encoded).replace('[redacted]', ''), 'base64').toString('latin1');
    expect(decoded).not.toMatch(/p4ss|rd "|=42/);
  });

  it('shorter than four characters are left alone, in every form', () => {
    expect(redactKnown('abc')).toBe('abc');
    expect(redactKnown('YWJj')).toBe('YWJj');
    expect(createRedactor(['abcd']).redact('an abcd')).toBe('an [redacted]');
  });

  it('are replaced everywhere, also where they overlap and where they touch', () => {
    const two = createRedactor(['hunter-22', '22-secretly']);
    expect(two.redact('hunter-22-secretly, hunter-22hunter-22')).toBe('[redacted], [redacted]');
  });

  it('are replaced where the end of the text cuts them', () => {
    const token = 'tk_0123456789abcdef';
    const knowing = createRedactor([token]);
    expect(knowing.redact(`refused ${token.slice(0, 12)}`)).toBe('refused [redacted]');
    expect(knowing.redact('tk_01234 is another word')).toBe('tk_01234 is another word');
    expect(knowing.redact('another tk_01234 word')).toBe('another tk_01234 word');
    expect(knowing.redact('tk_01234 tk_012345')).toBe('tk_01234 [redacted]');
    expect(knowing.redact('tk_01234')).toBe('[redacted]');
    expect(knowing.redact('tk_0123')).toBe('tk_0123');
    expect(createRedactor(['tk_01234']).redact('a tk_0123')).toBe('a tk_0123');
  });

  it('given at creation stay for ever, of those protected later the last 16', () => {
    const redactor = createRedactor(['lasting-one']);
    for (let n = 0; n < 17; n += 1) redactor.protect(`later-${String(n).padStart(2, '0')}`);
    redactor.protect('later-01');
    redactor.protect('later-17');
    redactor.protect(undefined);
    redactor.protect('abc');
    expect(redactor.redact('lasting-one')).toBe('[redacted]');
    expect(['00', '01', '02', '03', '17'].map((n) => redactor.redact(`later-${n}`))).toEqual([
      'later-00',
      '[redacted]',
      'later-02',
      '[redacted]',
      '[redacted]',
    ]);
  });

  it('protected again and again push no other one out', () => {
    const redactor = createRedactor();
    redactor.protect('early-secret');
    for (let time = 0; time < 20; time += 1) redactor.protect('late-secret');
    expect(redactor.redact('early-secret, late-secret')).toBe('[redacted], [redacted]');
  });

  it('never remain, whatever stands around them', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.string(), fc.string(), (secret, before, after) => {
        // A secret of the mark's own letters can only be hidden by the mark.
        fc.pre(!'[redacted][redacted]'.includes(secret));
        const text = createRedactor([secret]).redact(`${before}${secret}${after}`);
        expect(text.split('[redacted]').join('\0').includes(secret)).toBe(false);
      }),
    );
  });
});

describe('what looks like a credential', () => {
  it.each([
    ['{"sessionToken":"q-1"}', '{"sessionToken":"[redacted]"}'],
    ['{"api_token" : "a\\"b", "x": 1}', '{"api_token" : "[redacted]", "x": 1}'],
    ['{"secret":["a-1","b-2"],"x":1}', '{"secret":[redacted],"x":1}'],
    ['{"credentials":{"a":{"b":"c-1"}},"x":1}', '{"credentials":[redacted],"x":1}'],
    ['{"password":12345}', '{"password":[redacted]}'],
    ['{\\"apiKey\\":\\"k-1\\",\\"x\\":1}', '{\\"apiKey\\":\\"[redacted]\\",\\"x\\":1}'],
    ['{"token":"cut o', '{"token":"[redacted]'],
    ["{ 'X-Api-Key': 'k-1' }", "{ 'X-Api-Key': '[redacted]' }"],
    ['wss://h/p?id=a&sessionKey=k-1&x=1', 'wss://h/p?id=a&sessionKey=[redacted]&x=1'],
    ['session_key%3Dk-1&x', 'session_key%3D[redacted]&x'],
    ['X-Session-Key: k-1\r\nHost: h', 'X-Session-Key: [redacted]\r\nHost: h'],
    ['x-api-key=k-1; a', 'x-api-key=[redacted]; a'],
    ['API key: k-1', 'API key: [redacted]'],
    ['Authorization: Basic dTpw', 'Authorization: Basic [redacted]'],
    ['authorization: bearer k-1, next', 'authorization: bearer [redacted], next'],
    ['sent Bearer k-1.', 'sent Bearer [redacted]'],
    ['https://user:k-1@host/x', 'https://[redacted]@host/x'],
    ['got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln here', 'got [redacted] here'],
    ['got eyJhbGciOiJIUzI1', 'got [redacted]'],
    ['invalid token: 7f3a9c', 'invalid token: [redacted]'],
    ['password: hunter', 'password: [redacted]'],
    ['secret_token: expired', 'secret_token: [redacted]'],
    ['token=hunter', 'token=[redacted]'],
    ['error: token=expired', 'error: token=[redacted]'],
    ['passwd=k-1', 'passwd=[redacted]'],
    ['privatekey=k-1', 'privatekey=[redacted]'],
    ['accesskey=k-1', 'accesskey=[redacted]'],
    ['token => hunter', 'token => [redacted]'],
    ['token: "hunter"', 'token: "[redacted]"'],
    ['token: abcdefghijklm', 'token: [redacted]'],
    ['token: abcdefgh9', 'token: [redacted]'],
    ['bearer  \tk-1', 'bearer  \t[redacted]'],
    ['Authorization: Digest \tk-1', 'Authorization: Digest \t[redacted]'],
    ['"bearer abcdefghijklm"', '"bearer [redacted]"'],
    ['token%3Ak-1', 'token%3A[redacted]'],
    ['api key:k-1', 'api key:[redacted]'],
    ['private_key  :  k-1', 'private_key  :  [redacted]'],
    ["access-key='k-1' x", "access-key='[redacted]' x"],
    ['secret: true-ish', 'secret: [redacted]'],
    ['secret: not-null', 'secret: [redacted]'],
    ['{"a":"{\\"token\\":\\"k\\\\\\"k\\",\\"x\\":1}"}', '{"a":"{\\"token\\":\\"[redacted]\\",\\"x\\":1}"}'],
    ['{"token":"k\\\\","x":1}', '{"token":"[redacted]","x":1}'],
    ['eyJaaaaaaaaaa.b.c.d.e x', '[redacted] x'],
    ['http://k-1@h', 'http://[redacted]@h'],
  ])('%j is shown as %j', (text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it('what was redacted once is not redacted differently again', () => {
    for (const text of ['token=k-1', '{"token":"k-1"}', 'Bearer k-1', 'secret: k-1']) {
      expect(redact(redact(text))).toBe(redact(text));
    }
  });

  it.each([
    'Invalid session token',
    'token is expired',
    'Invalid session token: expired',
    'token:  expired',
    'token: abcdefghijkl',
    'invalid credential: unknown',
    'eyJaaaaaaaaa is short',
    'mailto:user@host',
    'http://host/user@other',
    'secret: null, token: undefined',
    'the bearer\nleft',
    'invalid token: token is expired',
    'missing livekit credentials, provide api_token or both api_key and api_secret',
    'failed to connect to room: unauthorized: invalid token',
    'token request refused with HTTP 401 (bearer token missing)',
    '{"sessionToken":null,"token_expired":true}',
    'connect ECONNREFUSED 127.0.0.1:443',
    'wss://api.example/v2/websocket?id=a1',
  ])('the sentence %j stays as it is', (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe('hostile text', () => {
  const pieces = [
    'token',
    'a',
    '"token":[',
    'token="',
    'token=\\',
    'bearer ',
    'eyJ',
    'eyJaaaaaaaaaaaaa.',
    '://',
    '%3d',
  ];
  it.each([...pieces, 'token ', 'secret:', '\\', '[', 'token\\"', 'k0k0k0k0'])(
    '%j, 64 KiB of it, is quickly done',
    (piece) => {
      const redactor = createRedactor([`${'k0'.repeat(500)}!`]);
      const text = piece.repeat(65_536 / piece.length);
      const startedAtMs = performance.now();
      redactor.redact(text);
      // Linear work takes some milliseconds; anything quadratic takes many seconds.
      expect(performance.now() - startedAtMs).toBeLessThan(1_000);
    },
  );
});
