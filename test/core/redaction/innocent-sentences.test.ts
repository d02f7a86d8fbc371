/** Real texts of gateways and services are not changed, also when registered secrets look like words. */
import { expect, it } from 'vitest';
import { createRedactor } from '../../../src/core/redaction/redactor.js';

const SENTENCES = `
the password field is missing
Request header fields too large
API key: header missing
API key: this field is required
API key: please provide one
API key: quota exceeded
password: user not found
Authorization: header required
Authorization: Bearer token missing
502 Bad Gateway nginx/1.25.3
<html><head><title>504 Gateway Time-out</title></head><body><center><h1>504 Gateway Time-out</h1></center><hr><center>nginx</center></body></html>
413 Request Entity Too Large
400 The plain HTTP request was sent to HTTPS port
400 No required SSL certificate was sent
upstream prematurely closed connection while reading response header from upstream
upstream timed out (110: Connection timed out) while connecting to upstream
no live upstreams while connecting to upstream, client: 10.0.0.1, server: api.example.com
limiting requests, excess: 5.020 by zone "one", client: 192.0.2.7
client intended to send too large body: 10485761 bytes
upstream connect error or disconnect/reset before headers. reset reason: connection termination
upstream connect error or disconnect/reset before headers. reset reason: connection failure, transport failure reason: delayed connect error: 111
upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote connection failure
no healthy upstream
stream timeout
upstream request timeout
RBAC: access denied
Jwt is missing
Jwt is expired
Jwt issuer is not configured
Jwt verification fails
Audiences in Jwt are not allowed
local_rate_limited
upgrade_failed: 403 Forbidden
overload manager: envoy.overload_actions.stop_accepting_requests
<html><body><h1>503 Service Unavailable</h1>No server is available to handle this request.</body></html>
<html><body><h1>408 Request Time-out</h1>Your browser didn't send a complete request in time.</body></html>
<html><body><h1>429 Too Many Requests</h1>You have sent too many requests in a given amount of time.</body></html>
Server api_back/srv1 is DOWN, reason: Layer4 timeout, check duration: 2001ms
backend api_back has no server available!
<html><head><title>503 Service Temporarily Unavailable</title></head></html>
<html><head><title>460 Client closed connection</title></head></html>
Target.ResponseCodeMismatch: Health checks failed with these codes: [502]
X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678
{"message":"Forbidden"}
{"message":"Missing Authentication Token"}
{"message":"Limit Exceeded"}
{"message":"Endpoint request timed out"}
{"message":"The security token included in the request is expired"}
{"message":"User is not authorized to access this resource with an explicit deny"}
Error 1015: You are being rate limited
Error 1020: Access denied
Error 521: Web server is down
Error 522: Connection timed out
Error 524: A timeout occurred
Error 525: SSL handshake failed
Error 526: Invalid SSL certificate
Cloudflare Ray ID: 7d1f2a3b4c5d6e7f
<title>Just a moment...</title> Enable JavaScript and cookies to continue
<title>Attention Required! | Cloudflare</title>
The origin web server timed out responding to this request. Performance & security by Cloudflare
{"error":"unauthorized_client","error_description":"The client is not authorized to request a token"}
{"message":"No API key found in request","request_id":"4bb1d25d7e2f0e0f8c3ad12f5cc0f17c"}
{"message":"API rate limit exceeded","limit":60}
no Route matched with those values
The upstream server is timing out
max_tokens: 4096
API key: invalid
secretary: Jones
token_type: bearer
the session token is expired, request a new one
dial tcp 10.1.2.3:443: connect: connection refused
certificate has expired: notAfter=2026-01-01T00:00:00Z
`
  .trim()
  .split('\n');

it('at least 60 sentences exist', () => {
  expect(SENTENCES.length).toBeGreaterThanOrEqual(60);
});

it.each(SENTENCES)('%s', (sentence) => {
  const redactor = createRedactor([
    'sk_live_4f9a8b7c6d5e',
    'gate',
    'room',
    'conn',
    '4711',
    'customer-support-key-17',
    'st_0a1b2c3d4e5f6789',
  ]);
  expect(redactor.redact(sentence)).toBe(sentence);
});

it.each([
  'password: hunter2',
  'password: user',
  'API key: header',
  'API key: this-is-secret',
  'secret: correct-horse',
  'passphrase: user Pa55',
])('%s is still redacted', (text) => {
  expect(createRedactor().redact(text)).toContain('[redacted]');
});
