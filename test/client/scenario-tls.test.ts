/**
 * TLS with certificates that are not trusted, at the console and at the ingress: one attempt, and a permanent failure
 * that names the certificate. With a private CA (NODE_EXTRA_CA_CERTS) a valid certificate works.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AvatarSDKError, AvatarSessionOptions } from '../../src/index.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { FaultProxy } from '../support/fault-proxy.js';

const FIXTURES = join(import.meta.dirname, '../support/tls');
const pem = (name: string): string => readFileSync(join(FIXTURES, `${name}.pem`), 'utf8');
const CERTIFICATES = ['good', 'other-host', 'expired', 'self-signed'] as const;
type Certificate = (typeof CERTIFICATES)[number];
const OUR_CA = join(FIXTURES, 'ca.pem');

interface Result {
  readonly errors: readonly Partial<AvatarSDKError>[];
  readonly closes: readonly string[];
  readonly outcome: string;
}

let service: AvatarEmulator;
const fronts = new Map<Certificate, FaultProxy>();

beforeAll(async () => {
  service = await AvatarEmulator.start();
  const targetPort = Number(new URL(service.consoleEndpointUrl).port);
  for (const name of CERTIFICATES) {
    const tls = { cert: pem(name), key: pem(`${name}-key`) };
    fronts.set(name, await FaultProxy.start({ targetPort, tls }));
  }
});
afterAll(async () => {
  for (const front of fronts.values()) await front.stop();
  await service.stop();
});

/** The options of a session with one endpoint, or both, behind TLS with this certificate. */
function behind(certificate: Certificate, where: 'console' | 'ingress' | 'both'): AvatarSessionOptions {
  const secured = (endpointUrl: string): string => {
    const url = new URL(endpointUrl.replace(/^(http|ws):/, '$1s:'));
    url.port = String(fronts.get(certificate)?.port);
    return url.href;
  };
  const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
  return {
    ...credentials,
    consoleEndpointUrl: where === 'ingress' ? consoleEndpointUrl : secured(consoleEndpointUrl),
    ingressEndpointUrl: where === 'console' ? ingressEndpointUrl : secured(ingressEndpointUrl),
  };
}

/** Dials in a separate process, because the trusted certificates are read when a process starts. */
async function dialled(options: readonly AvatarSessionOptions[], trusted?: string): Promise<Result[]> {
  const script = join(import.meta.dirname, 'scenario-support/dials-tls.mjs');
  const args = [script, JSON.stringify(options)];
  // An undefined value removes the variable, so the setting of this process has no effect.
  const childEnv = { ...process.env, NODE_EXTRA_CA_CERTS: trusted };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, {
    env: childEnv,
    timeout: 25_000,
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Result[];
}

function refused(phase: string, step: string, words: RegExp): unknown {
  const failure = {
    code: 'connectionFailed',
    phase,
    step,
    permanent: true,
    willRetry: false,
    reason: 'rule',
    message: expect.stringMatching(words) as string,
    remediation: expect.stringMatching(/certificate/i) as string,
  };
  return { errors: [failure], closes: ['failed'], outcome: 'not started' };
}

const REFUSED: readonly [
  what: string,
  certificate: Certificate,
  trusted: string | undefined,
  words: RegExp,
][] = [
  ['made for another host', 'other-host', OUR_CA, /altnames/],
  ['expired', 'expired', OUR_CA, /expired/],
  ['self-signed', 'self-signed', OUR_CA, /self.signed/],
  ['of an unknown CA', 'good', undefined, /verify the first certificate/],
];

describe('TLS', () => {
  it.concurrent.each(REFUSED)(
    'with a certificate that is %s ends the session at the first attempt',
    async (_what, certificate, trusted, words) => {
      const options = [behind(certificate, 'console'), behind(certificate, 'ingress')];
      expect(await dialled(options, trusted)).toEqual([
        refused('session_token', 'request', words),
        refused('websocket_connect', 'upgrade', words),
      ]);
    },
  );

  it('with a valid certificate of a private CA works', async () => {
    expect(await dialled([behind('good', 'both')], OUR_CA)).toEqual([
      { errors: [], closes: ['closed'], outcome: 'delivered' },
    ]);
  });
});
