/** The remedy depends on the failure: one code may have several remedies. */
import { describe, expect, it } from 'vitest';
import { KNOWN_REGIONS, regionEndpoints } from '../../../src/client/options/endpoint-fields.js';
import { classify } from '../../../src/core/failure/classify.js';
import { LOCAL_PROBLEMS } from '../../../src/core/failure/local-problem.js';
import type { LocalProblem } from '../../../src/core/failure/local-problem.js';
import { remedyRows } from '../../../src/core/failure/remedy.js';
import {
  AVATAR_SDK_ERROR_CODES,
  PHASES,
  remediationFor,
} from '../../../src/core/failure/avatar-sdk-error-code.js';
import { NOW_EPOCH_MS, serverError, socketClosed, transportFailed } from './facts.js';
import { remedyOf } from './remedy-of.js';

describe('every remedy', () => {
  it.each(remedyRows())('for $when is one line that says what to do', ({ remediation }) => {
    expect(remediation).toMatch(/^[A-Z][^\n]{20,180}[^.]\.$/);
  });
});

describe('the sentences of the tables', () => {
  const ofCodes = AVATAR_SDK_ERROR_CODES.flatMap((code) =>
    PHASES.map((phase) => remediationFor(code, phase)),
  );
  it('are shown as they are: plain text with single spaces', () => {
    const sentences = [...remedyRows().map(({ remediation }) => remediation), ...ofCodes];
    expect(sentences.filter((sentence) => !/^[!-~]+(?: [!-~]+)*$/.test(sentence))).toEqual([]);
  });
});

describe('a close', () => {
  it.each([1001, 1012, 1013])('%i: nothing to do, the service restarted', (code) => {
    expect(remedyOf(socketClosed(code))).toMatch(/^Nothing to do: the service restarted/);
  });

  it('whose reason matches a text rule has the remedy of that rule', () => {
    const facts = socketClosed(1001, { closeReason: 'no audio input for 60s' });
    expect(remedyOf(facts)).toBe(remediationFor('idleTimeout', 'websocket_runtime'));
  });

  it.each([1002, 4001, 4503])('%i: the remedy of its code', (code) => {
    const facts = socketClosed(code);
    const classification = classify(facts, NOW_EPOCH_MS);
    if (classification.normalEnd) throw new Error('a normal end is not a failure');
    expect(remedyOf(facts)).toBe(remediationFor(classification.code, 'websocket_runtime'));
  });
});

describe('several losses in a row', () => {
  const missed = {
    phase: 'websocket_runtime',
    step: 'heartbeat',
    usesEgress: false,
    silentMs: 9_500,
  } as const;

  it('caused by an idle time-out of an intermediary: send pings more often, or turn them on', () => {
    const pinged = socketClosed(1006, { idleCuts: { silentMs: 4_000, pingEveryMs: 2_000 } });
    expect(remedyOf(pinged)).toMatch(/idle time-out of the proxy .* heartbeat\.intervalMs/);
    expect(classify(pinged, NOW_EPOCH_MS)).toMatchObject({
      message: expect.stringMatching(/after 4000 ms of silence, .*; pings go out every 2000 ms/) as string,
    });
    expect(remedyOf(socketClosed(1006, { idleCuts: { silentMs: 4_000 } }))).toMatch(/^Turn the heartbeat on/);
  });

  it('of connections on which no ping was ever answered: the option to set', () => {
    expect(remedyOf({ ...missed, kind: 'heartbeatMissed', neverAnswered: 2 })).toMatch(/heartbeat: false/);
    expect(remedyOf({ ...missed, kind: 'heartbeatMissed', pingAnswered: false })).toBe(
      remediationFor('connectionClosed', 'websocket_runtime'),
    );
  });
});

describe('TLS', () => {
  it.each([
    ['CERT_HAS_EXPIRED', /renewed, or set the clock/],
    ['CERT_NOT_YET_VALID', /clock of this host/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /NODE_EXTRA_CA_CERTS.*private/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /intermediate.*NODE_EXTRA_CA_CERTS/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /NODE_EXTRA_CA_CERTS.*private CA/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /NODE_EXTRA_CA_CERTS.*self-signed/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /host name/],
    ['CERT_REVOKED', /revoked/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /Use http:\/\/ and ws:\/\//],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /client certificate/],
    ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', /TLS versions and ciphers/],
  ])('%s has its own sentence', (errno, words) => {
    expect(remedyOf(transportFailed(errno))).toMatch(words);
  });

  it.each([
    ['wrong version number', /Use http:\/\/ and ws:\/\//],
    ['tlsv13 alert certificate required', /client certificate/],
    ['sslv3 alert handshake failure', /TLS versions and ciphers/],
  ])('EPROTO with the text "%s" has its own remedy', (words, remedy) => {
    const message = `write EPROTO 80A:error:0A00010B:SSL routines:ssl3_get_record:${words}:record.c:350:`;
    expect(remedyOf(transportFailed('EPROTO', { message }))).toMatch(remedy);
  });

  it('an alert in response to plain HTTP: the port expects TLS', () => {
    const message = 'the peer answered with a TLS alert, not with HTTP';
    expect(remedyOf(transportFailed('HPE_INVALID_CONSTANT', { message }))).toContain('this port expects TLS');
    const where = { phase: 'websocket_connect', step: 'upgrade', usesEgress: false } as const;
    expect(remedyOf({ ...where, kind: 'protocolViolated', message })).toContain('this port expects TLS');
  });
});

describe('the transport', () => {
  it.each([
    ['ENOTFOUND', 'host name'],
    ['EAI_AGAIN', 'DNS resolver'],
    ['ECONNREFUSED', 'nothing listens'],
    ['ECONNRESET', 'where the port expects TLS'],
    ['EMFILE', 'ulimit -n'],
    ['ERR_INVALID_URL', 'Correct ingressEndpointUrl'],
    ['ERR_INVALID_CHAR', 'line break'],
  ])('%s', (errno, words) => {
    expect(remedyOf(transportFailed(errno))).toContain(words);
  });

  it.each([...KNOWN_REGIONS, 'us-east', 'cn-east'])(
    'no such host, and its name comes from the region %s: check the region; the known regions are listed',
    (region) => {
      const { consoleEndpointUrl, ingressEndpointUrl } = regionEndpoints(region);
      const asking = transportFailed('ENOTFOUND', {
        phase: 'session_token',
        step: 'request',
        message: `getaddrinfo ENOTFOUND ${new URL(consoleEndpointUrl).hostname}`,
      });
      const upgrading = transportFailed('ENOTFOUND', {
        message: `getaddrinfo ENOTFOUND ${new URL(ingressEndpointUrl).hostname}`,
      });
      const known = KNOWN_REGIONS.join(', ');
      expect(remedyOf(asking)).toContain(`Check region (known: ${known}) or consoleEndpointUrl`);
      expect(remedyOf(upgrading)).toContain(`Check region (known: ${known}) or ingressEndpointUrl`);
    },
  );

  it('no such host, and its name does not come from a region: no mention of regions', () => {
    const facts = transportFailed('ENOTFOUND', { message: 'getaddrinfo ENOTFOUND console.example.org' });
    expect(remedyOf(facts)).not.toContain('region');
  });

  it('a reset of a confirmed connection: no mention of the scheme of a URL', () => {
    const facts = transportFailed('ECONNRESET', { phase: 'websocket_runtime', step: 'close' });
    expect(remedyOf(facts)).toBe(remediationFor('connectionClosed', 'websocket_runtime'));
  });

  it('an unknown code has the remedy of its failure code', () => {
    expect(remedyOf(transportFailed('EWHATEVER'))).toBe(
      remediationFor('connectionFailed', 'websocket_connect'),
    );
  });

  it.each([
    ['session_token', 'request', 'console'],
    ['websocket_connect', 'upgrade', 'upgrade'],
    ['websocket_connect', 'handshake', 'confirm'],
  ] as const)('a time-out in %s, step %s, names timeoutMs and what did not answer', (phase, step, words) => {
    const remedy = remedyOf({ kind: 'stepTimedOut', timeoutMs: 5, phase, step, usesEgress: false });
    expect(remedy).toContain('timeoutMs');
    expect(remedy).toContain(words);
  });
});

describe('a problem inside the client', () => {
  const where = { phase: 'websocket_runtime', step: 'send', usesEgress: false } as const;

  it.each(Object.keys(LOCAL_PROBLEMS) as LocalProblem[])('%s has its own sentence', (problem) => {
    const facts = {
      ...where,
      kind: 'refusedLocally',
      code: 'invalidRequest',
      message: 'no',
      problem,
    } as const;
    expect(remedyOf(facts)).toBe(LOCAL_PROBLEMS[problem].remediation);
  });

  it('a refusal without a problem name has the remedy of its code', () => {
    const facts = { ...where, kind: 'refusedLocally', code: 'invalidRequest', message: 'no' } as const;
    expect(remedyOf(facts)).toBe(remediationFor('invalidRequest', 'websocket_runtime'));
  });

  it('no two problems have the same sentence', () => {
    const sentences = Object.values(LOCAL_PROBLEMS).map(({ remediation }) => remediation);
    expect(new Set(sentences).size).toBe(sentences.length);
  });
});

describe('an error text of the service', () => {
  it('has the remedy of its code', () => {
    expect(remedyOf(serverError(4003, 'too many'))).toBe(
      remediationFor('concurrencyLimit', 'websocket_connect'),
    );
  });
});
