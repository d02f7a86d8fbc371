import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/core/redaction/redactor.js';

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
    ['URL-encoded twice', encodeURIComponent(encodeURIComponent(SECRET))],
    ['as encodeURI leaves it', encodeURI(SECRET)],
    ['as PHP writes JSON', JSON.stringify(SECRET).slice(1, -1).replaceAll('/', '\\/')],
    ['as Go writes JSON', JSON.stringify(SECRET).slice(1, -1).replaceAll('&', '\\u0026')],
    ['as Gson writes JSON', JSON.stringify(SECRET).slice(1, -1).replaceAll('=', '\\u003d')],
    ['in ASCII JSON', JSON.stringify(SECRET).slice(1, -1).replaceAll('ö', '\\u00f6')],
    ['as HTML', SECRET.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('/', '&#x2F;')],
    ['as HTML with numbers', Array.from(SECRET, (char) => `&#${char.codePointAt(0)};`).join('')],
    ['in upper case', SECRET.toUpperCase()],
    ['as hexadecimal digits', Buffer.from(SECRET).toString('hex')],
    ['as upper-case hexadecimal digits', Buffer.from(SECRET).toString('hex').toUpperCase()],
    ['over two lines', `${SECRET.slice(0, 9)}\r\n  ${SECRET.slice(9)}`],
    [
      'over two lines of JSON',
      `${JSON.stringify(SECRET).slice(1, 9)}\\r\\n${JSON.stringify(SECRET).slice(9, -1)}`,
    ],
    ['with invisible characters', Array.from(SECRET).join('\u200b')],
  ])('are replaced %s', (_form, shown) => {
    const text = redactKnown(`before ${shown}; after`);
    expect(text).toBe('before [redacted]; after');
  });

  it.each([0, 1, 2, 3])('are replaced inside longer base64, after %d other bytes', (offset) => {
    const encoded = Buffer.from(`${'x'.repeat(offset)}${SECRET}yy`).toString('base64');
    const decoded = Buffer.from(redactKnown(encoded).replace('[redacted]', ''), 'base64').toString('latin1');
    expect(decoded).not.toMatch(/p4ss|rd "|=42/);
  });

  it('shorter than four characters are not redacted, in any form', () => {
    expect(redactKnown('abc')).toBe('abc');
    expect(redactKnown('YWJj')).toBe('YWJj');
    expect(createRedactor(['abcd']).redact('an abcd')).toBe('an [redacted]');
  });

  it('are replaced everywhere, also when they overlap or are adjacent', () => {
    const two = createRedactor(['hunter-22', '22-secretly']);
    expect(two.redact('hunter-22-secretly, hunter-22hunter-22')).toBe('[redacted], [redacted]');
  });

  const TOKEN = 'tk_0123456789abcdef';

  it.each([
    [`refused ${TOKEN.slice(0, 12)}`, 'refused [redacted]'],
    ['session tk_01234 rejected', 'session [redacted] rejected'],
    ['tk_01234 tk_012345', '[redacted] [redacted]'],
    ['tk_01234', '[redacted]'],
    ['"tk_0123456789…"', '"[redacted]…"'],
    ['no such key tk_0123456789****', 'no such key [redacted]****'],
    ['no such key tk_0123456789xxxxxx', 'no such key [redacted]xxxxxx'],
    ['…89abcdef', '…[redacted]'],
    ['****6789abcdef is no key', '****[redacted] is no key'],
    ['xxx6789abcdef', 'xxx[redacted]'],
    ['tk_0123456789abcdeg', '[redacted]g'],
    ['a0123456789abcdefg', 'a[redacted]g'],
  ])('are replaced in %j, although they are cut', (text, shown) => {
    expect(createRedactor([TOKEN]).redact(text)).toBe(shown);
  });

  it.each(['tk_0123', 'tk_0123456 is less than eight of its end', 'tk_01234other', 'a9abcdef'])(
    'leave %j unchanged: another word, or too short a part',
    (text) => {
      const other = text.replace(/^tk_0123456 /, 'tk_0123 ');
      expect(createRedactor([TOKEN]).redact(other)).toBe(other);
    },
  );

  it('of fewer than eight characters are replaced only as a whole word', () => {
    const short = createRedactor(['test', '4711']);
    expect(short.redact('the latest greatest contest, 147110 attested')).toBe(
      'the latest greatest contest, 147110 attested',
    );
    expect(short.redact('room "test", pin=4711, test%2F')).toBe(
      'room "[redacted]", pin=[redacted], [redacted]%2F',
    );
  });

  it('are removed by forget()', () => {
    const redactor = createRedactor(['lasting-one']);
    redactor.protect('later-one');
    redactor.forget();
    expect(redactor.redact('lasting-one later-one token=k-1')).toBe('lasting-one later-one token=[redacted]');
  });

  it('given at creation are never removed; of those protected later the last 16 are kept', () => {
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

  it('that are protected together count as one', () => {
    const redactor = createRedactor(['lasting-one']);
    redactor.protect(['room-secret-1', ' room-secret-2 ', 'abc', 'lasting-one']);
    redactor.protect([]);
    redactor.protect(['room-secret-1', 'room-secret-2']);
    for (let n = 0; n < 15; n += 1) redactor.protect(`later-${n}-token`);
    expect(redactor.redact('room-secret-1, room-secret-2, abc')).toBe('[redacted], [redacted], abc');
    redactor.protect('one-too-many');
    expect(redactor.redact('room-secret-1')).toBe('room-secret-1');
  });

  it('are found in an id in any form', () => {
    const secret = 'st_0a1b2c3d4e5f6789';
    const redactor = createRedactor([secret]);
    const wide = Buffer.from(secret, 'utf16le');
    const others = [secret.slice(3, 16), wide.toString('base64'), wide.toString('hex')];
    others.push(
      'ON2F6MDBGFRDEYZTMQ2GKNLGGY3TQOI',
      Buffer.from(Buffer.from(secret).toString('base64')).toString('hex'),
    );
    for (const other of others) expect(redactor.redactId(`c-${other}`)).not.toContain(other);
    for (const form of ['base64', 'base64url', 'hex'] as const) {
      const encoded = Buffer.from(secret).toString(form);
      expect(redactor.redactId(`c-${encoded}`)).not.toContain(encoded.slice(0, 12));
    }
    expect(redactor.redactId(Buffer.from(secret).toString('hex').toUpperCase())).toBe('[redacted]');
    expect(redactor.redactId('c-0f3c9a52-7b1e-4d8a-9c60-5e2f1a7b3c4d')).toBe(
      'c-0f3c9a52-7b1e-4d8a-9c60-5e2f1a7b3c4d',
    );
  });

  it('that are protected many times do not remove another one', () => {
    const redactor = createRedactor();
    redactor.protect('early-secret');
    for (let time = 0; time < 20; time += 1) redactor.protect('late-secret');
    expect(redactor.redact('early-secret, late-secret')).toBe('[redacted], [redacted]');
  });

  it('are always replaced, for any text around them', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.string(), fc.string(), (secret, before, after) => {
        // Skips secrets that are part of the replacement text itself.
        fc.pre(!'[redacted][redacted]'.includes(secret));
        const text = createRedactor([secret]).redact(`${before}${secret}${after}`);
        expect(text.split('[redacted]').join('\0').includes(secret)).toBe(false);
      }),
    );
  });
});

describe('a text that looks like a credential', () => {
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
    ['secret_token: hunter', 'secret_token: [redacted]'],
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

  it('a text that was redacted is not changed when it is redacted again', () => {
    for (const text of ['token=k-1', '{"token":"k-1"}', 'Bearer k-1', 'secret: k-1']) {
      expect(redact(redact(text))).toBe(redact(text));
    }
  });

  it.each([
    'Invalid session token',
    'API key: invalid',
    'Invalid API key: expired',
    'password: required.',
    'authorization: Missing',
    'secret: not found',
    'secret_token: expired',
    'access key: unknown',
    'session key => required',
    'max_tokens: 4096 exceeds 2048',
    'tokens: 100/200 used',
    '{"max_tokens":4096,"token_type":"JWT","tokenExpiresAt":"soon"}',
    'secretary: Jones is away',
    'tokenizer=bpe, passwordless: yes',
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
  ])('the sentence %j stays unchanged', (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe('an id of a connection', () => {
  const redactor = createRedactor(['ABCDEF-1234567890', 'pin7']);
  it.each([
    ['2f9c1d3e-8f4e-4a10-9b1c-0123456789ab', '2f9c1d3e-8f4e-4a10-9b1c-0123456789ab'],
    ['conn-ABCDEF-1234567890', 'conn-[redacted]'],
    ['abcdef-1234567890', '[redacted]'],
    ['conn.pin7', 'conn.[redacted]'],
    ['conn for ABCDEF-1234567890', 'conn for [redacted]'],
  ])('%s is shown as %s', (id, shown) => {
    expect(redactor.redactId(id)).toBe(shown);
    expect(redactor.redact(id)).toBe(shown);
  });

  it('is searched again after another secret was added', () => {
    const id = 'conn-0f3c9a52-7b1e';
    const later = createRedactor();
    expect([later.redactId(id), later.redactId(id)]).toEqual([id, id]);
    later.protect('0f3c9a52-7b1e');
    expect(later.redactId(id)).toBe('conn-[redacted]');
  });
});
