/** The remedy for an HTTP response depends on its sender and on its text. */
import { describe, expect, it } from 'vitest';
import type { AvatarSDKErrorCode, FailureOrigin } from '../../../src/core/failure/avatar-sdk-error-code.js';
import type { FailureFacts } from '../../../src/core/failure/failure-facts.js';
import { httpRemedy } from '../../../src/core/failure/http-remedies.js';
import { remediationFor } from '../../../src/core/failure/avatar-sdk-error-code.js';
import { tokenMissing, tokenRefused, upgradeRefused } from './facts.js';
import { remedyOf } from './remedy-of.js';

/** Calls the function as classification does for a response of that origin. */
function remedyFrom(
  facts: FailureFacts & { kind: 'httpRefused' | 'tokenMissing' },
  origin: FailureOrigin,
  code: AvatarSDKErrorCode = 'invalidRequest',
): string {
  return httpRemedy(facts, { httpStatus: facts.httpStatus, origin, code }) ?? 'by the code';
}

const page = (title: string): { body: string } => ({
  body: `<html>\r\n<head><title>${title}</title></head>\r\n<body></body></html>`,
});

describe('a redirect', () => {
  const headers = { location: 'https://user:pass@portal.example/login?token=abc' };

  it.each([
    ['to the token request', tokenRefused(302, { headers }), 'consoleEndpointUrl'],
    ['to the upgrade', upgradeRefused(301, { headers }), 'ingressEndpointUrl'],
  ])(
    '%s has a remedy with the option, the target host, and the reason why it is not followed',
    (_name, facts, option) => {
      const remedy = remedyOf(facts);
      expect(remedy).toContain(option);
      expect(remedy).toContain('https://portal.example,');
      expect(remedy).toContain('because the API key or session token is in a header');
      expect(remedy).not.toMatch(/pass|abc|login/);
    },
  );
});

describe('a response of a proxy', () => {
  it.each([405, 421, 426])('%i at the upgrade: it does not pass WebSocket upgrades', (status) => {
    expect(remedyOf(upgradeRefused(status, page('Not Allowed')))).toContain(
      'the proxy does not pass WebSocket upgrades',
    );
    expect(remedyOf(tokenRefused(status, page('Not Allowed')))).toContain('consoleEndpointUrl');
  });

  it.each([
    [413, 'limit for the size of a request'],
    [414, 'limit for the length of a URL'],
    [431, 'limit for headers'],
  ])('%i: the limit of the proxy', (status, words) => {
    expect(remedyOf(upgradeRefused(status))).toContain(`Raise the proxy's ${words}`);
  });

  it.each([
    ['400 The plain HTTP request was sent to HTTPS port', 'Use https:// and wss://'],
    ['400 No required SSL certificate was sent', 'Give the option agent a client certificate'],
    ['400 Request Header Or Cookie Too Large', 'limit for headers (nginx: large_client_header_buffers'],
  ])('400 with the page "%s" has its own remedy', (title, words) => {
    expect(remedyOf(upgradeRefused(400, page(title)))).toContain(words);
  });

  it('400 with a plain text about HTTPS has the same remedy as the page', () => {
    const body = 'Client sent an HTTP request to an HTTPS server.\n';
    expect(remedyOf(upgradeRefused(400, { body }))).toContain('Use https:// and wss://');
  });

  it('a 400 with any other page has a remedy with the title of the page', () => {
    const remedy = remedyFrom(upgradeRefused(400, page('400 Bad Request | gw-3')), 'gateway');
    expect(remedy).toContain('(its page says "400 Bad Request | gw-3")');
    expect(remedy).toContain('did not check key or token');
  });

  it.each([
    [407, 'a proxy between this host and the service requires a login'],
    [511, 'Sign in at the network portal'],
  ])('%i: a login is required', (status, words) => {
    expect(remedyOf(tokenRefused(status, page('Sign in')))).toContain(words);
  });

  it.each([520, 523, 527, 530])('%i: the CDN could not reach the service', (status) => {
    expect(remedyOf(upgradeRefused(status))).toContain('the CDN could not reach the service');
  });

  it.each([
    [401, 'asks for a login'],
    [403, 'allowed by the firewall'],
    [404, 'has no route'],
    [500, 'one of them failed'],
    [502, 'could not reach it'],
    [418, 'it refused the request itself'],
  ])('%i that is not from the service has a remedy about the intermediary', (status, words) => {
    expect(remedyFrom(upgradeRefused(status, page('No')), 'gateway')).toContain(words);
    expect(remedyFrom(upgradeRefused(status, page('No')), 'service')).toBe('by the code');
  });

  it.each([401, 403, 404])(
    '%i without a body can be from the service or from a proxy, but only from a proxy if the session was confirmed before',
    (status) => {
      const remedy = remedyFrom(tokenRefused(status), 'gateway', 'sessionTokenInvalid');
      expect(remedy).toContain(remediationFor('sessionTokenInvalid', 'session_token'));
      expect(remedy).toContain('no body, so a proxy or firewall in front of the service may have given it');
      expect(remedyFrom(tokenRefused(status), 'gateway', 'upstreamError')).toContain('proxy');
    },
  );

  it.each([410, 451, 500, 501])('%i without a body has a remedy about the intermediary', (status) => {
    for (const facts of [tokenRefused(status), upgradeRefused(status)])
      expect(remedyFrom(facts, 'gateway')).toContain('in front of the service');
  });

  it.each([
    [tokenMissing('<title>Maintenance</title>'), 'consoleEndpointUrl'],
    [upgradeRefused(200, page('Maintenance')), 'ingressEndpointUrl'],
  ])('an HTML page in place of the expected response', (facts, option) => {
    const remedy = remedyFrom(facts, 'gateway');
    expect(remedy).toContain(option);
    expect(remedy).toContain('(its page says "Maintenance")');
  });
});

describe('429', () => {
  it.each(['', '{"message":"too many requests"}', page('429 Too Many Requests').body])(
    'that does not mention a plan (%j) is a rate limit of an intermediary',
    (body) => {
      expect(remedyOf(upgradeRefused(429, { body }))).toContain('a rate limit in front of the service');
    },
  );

  it.each(['{"message":"concurrency limit reached"}', '{"message":"your plan allows 2 sessions"}'])(
    'that mentions a plan (%j) is a limit of the plan',
    (body) => {
      expect(remedyOf(tokenRefused(429, { body }))).toBe(remediationFor('concurrencyLimit', 'session_token'));
    },
  );
});

describe('a quotation in a remedy', () => {
  it('is redacted, one line, and bounded', () => {
    const secret = 'k-0123456789abcdef';
    const remedy = remedyOf(upgradeRefused(502, page(`Bad\nGateway for ${secret} ${'word '.repeat(100)}`)), [
      secret,
    ]);
    expect(remedy).not.toContain(secret);
    expect(remedy).not.toContain('\n');
    expect(remedy.length).toBeLessThan(300);
  });

  it('with a host that contains a secret is redacted, too', () => {
    const secret = 'k-0123456789abcdef';
    const headers = { location: `https://${secret}.example/` };
    expect(remedyOf(tokenRefused(302, { headers }), [secret])).not.toContain(secret);
  });
});
