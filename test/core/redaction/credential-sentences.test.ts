/**
 * A word after the name of a credential is redacted if it can be a credential, and kept otherwise. No secret is
 * registered here.
 */
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/core/redaction/redactor.js';

const INNOCENT = `
max_tokens: "4096"
{"max_tokens":"4096"}
{"max_tokens":4096,"min_tokens":"16"}
max_token: 4096
{"maxTokens":"4096","totalTokens":118}
{"usage":{"prompt_tokens":"12","completion_tokens":"40","total_tokens":"52"}}
tokens: "100/200"
tokens_per_minute: "60000"
x-ratelimit-limit-tokens: 150000
x-ratelimit-remaining-tokens: 149984
x-ratelimit-reset-tokens: 6m0s
token_endpoint: https://auth.example.com/oauth/token
{"token_endpoint":"https://auth.example.com/oauth/token"}
{"authorization_endpoint":"https://auth.example.com/authorize","issuer":"https://auth.example.com"}
token_url: https://auth.example.com/token
"token_uri": "https://oauth2.example.com/token"
token_endpoint_auth_methods_supported: client_secret_basic
Bearer realm="api"
WWW-Authenticate: Bearer realm="api"
WWW-Authenticate: Bearer error="invalid_token", error_description="The access token expired"
WWW-Authenticate: Bearer realm=api, scope="session:write"
Authorization: Bearer realm="api"
Authorization: Bearer token missing
Authorization: Basic realm="console"
API key: quota exceeded
API key: quota exceeded for today
API key: too many requests
API key: rate limit reached
API key: does not exist
API key: not allowed from this address
X-Api-Key: header is required
X-Api-Key header: required
X-Session-Key: header missing
X-Api-Key: missing or empty
X-Api-Key: (empty)
password: too short
password: too short (minimum is 8 characters)
password: is too short
password: must contain a digit
password: can't be blank
password: at least 8 characters
password: field required
{"password":"is required"}
{"password":"must not be empty"}
{"password":"required"}
{"password":["can't be blank","is too short (minimum is 8 characters)"]}
{"errors":{"apiKey":["is invalid"]}}
{"apiKey":"API key is invalid"}
{"token":"expired"}
{"token":"The token has expired"}
{"token":"is not valid for this region"}
{"error":{"token":"Token not found"}}
{"secret":"must be a string"}
{"authorization":"header is missing"}
{"credentials":"are not accepted"}
{"api_key":["This field is required."]}
token: 'must be a string'
secret: value is malformed
secret: was rotated yesterday
credentials: expired yesterday
authorization: token not provided
token: signature verification failed
token: could not be verified
session token: no longer valid
access key: not enabled for this account
passphrase: may not be longer than 64 characters
tokenName: session
secret_name: console-key
token_id_hint: none
password_policy: strict
password_min_length: 8
passwordResetUrl: https://console.example/reset
`
  .trim()
  .split('\n');

/** The part that must be redacted is in angle brackets, which are not part of the text. */
const GUILTY = String.raw`
max_tokens: 4096, token: <tk-4096>
{"token":"<4096>"}
{"secrets":"<81723645>"}
{"password":"<4711>"}
passwords: <4711>
{"token":"<https-is-my-token>"}
token_endpoint_secret: <s3cr3t-of-it>
{"token_endpoint":"https://auth.example.com/","token":"<tk-17>"}
token_url: https://user:<pw-17>@auth.example.com/token
token_url: https://auth.example.com/token?access_token=<tk-18>
{"token_url":"https://a.example/?token=<tk-19>"}
Authorization: Bearer <abc.def-ghi>
Authorization: Bearer <realm-of-mine-17>
Bearer <tk_0123456789>
Bearer <realmapi0123456789>
Authorization: Basic <dXNlcjpwYXNz>
Authorization: Digest username="u", realm="api", nonce="n", response="<6629fae49393a05397450978507c4ef1>"
WWW-Authenticate: Bearer realm="api"; token=<tk-20>
API key: <quota-exceeded-17>
API key: <sk_live_4f9a8b7c>
API key: <quota17>
tokenSecret: <4711>
api_key=<quota>
apiKey=<required>
X-Api-Key: <hdr-4f9a8b7c>
X-Api-Key: <header>
X-Api-Key:<is-required>
x-api-key: "<4f9a8b7c>"
password: <hunter2>
password: <too-short-17>
password: <tooshort>
password: <correct horse battery staple>
{"password":"<hunter2>"}
{"password":"<correct horse battery staple>"}
{"password":"<the quick brown fox jumps>"}
{"password":"<is-required>"}
{"password":"<Is-Required-17>"}
{"password":["<hunter2>"]}
{"password":["<hunter2>","is required"]}
{"passwords":["<correct horse>","<battery staple>"]}
{"passphrase":"<my dog is called 17rex>"}
{"passphrase":"<lorem ipsum dolor>"}
{"token":"<abc>"}
{"token":"<expired-0123456789>"}
{"tokens":["<a1b2c3>","<d4e5f6>"]}
{"tokens":"<a1b2c3>"}
{"apiKey":{"value":"<k-17>"}}
{"secret":"<must>"}
{"secret":"<value>"}
secret: <value17>
secret=<must be a string>
{"client_secret":"<is_4f9a8b7c6d5e>"}
{"accessToken":"<ya29.a0AfH6SM>","token_type":"Bearer","expires_in":3599}
{"refresh_token":"<1//0gKx>","scope":"a b"}
{"sessionToken":"<st_expired>"}
session_key: <expired_0123>
session-key=<0123>&id=1
authorization: <Token-0123456789>
private_key: <MIIEvQIBADANBg>
credentials: <user:pass-0123>
{"credential":"<user-17>"}
passwd: <letmein>
token: <tk-17> is expired
https://user:<pa55>@api.example/v1
wss://api.example/ws?token=<tk-21>&id=7
`
  .trim()
  .split('\n');

it('at least 60 texts of each kind exist', () => {
  expect(Math.min(INNOCENT.length, GUILTY.length)).toBeGreaterThanOrEqual(60);
});

describe('a text without a secret stays unchanged', () => {
  it.each(INNOCENT)('%s', (text) => {
    expect(createRedactor().redact(text)).toBe(text);
  });
});

describe('a credential is redacted', () => {
  it.each(GUILTY)('%s', (marked) => {
    const credentials = Array.from(marked.matchAll(/<([^<>]*)>/g), ([, credential = '']) => credential);
    const shown = createRedactor().redact(marked.replaceAll(/[<>]/g, ''));
    expect(credentials.length).toBeGreaterThan(0);
    expect(shown).toContain('[redacted]');
    for (const credential of credentials) expect(shown).not.toContain(credential);
  });
});
