/**
 * `Object.prototype` has further members with the names of options of this package, of Node and of `ws`. They have no
 * effect: the session works, also over TLS, and a certificate that is not trusted is still refused.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AvatarSessionOptions } from '../../src/index.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { POLLUTED_NAMES } from './polluted-prototype.js';

const FIXTURES = join(import.meta.dirname, '../support/tls');
const pem = (name: string): string => readFileSync(join(FIXTURES, `${name}.pem`), 'utf8');

let service: AvatarEmulator;
const fronts: FaultProxy[] = [];

beforeAll(async () => {
  service = await AvatarEmulator.start();
});
afterAll(async () => {
  for (const front of fronts) await front.stop();
  await service.stop();
});

async function behindTls(certificate: string): Promise<AvatarSessionOptions> {
  const targetPort = Number(new URL(service.consoleEndpointUrl).port);
  const tls = { cert: pem(certificate), key: pem(`${certificate}-key`) };
  const front = await FaultProxy.start({ targetPort, tls });
  fronts.push(front);
  return {
    ...service.credentials,
    consoleEndpointUrl: `https://localhost:${front.port}/v1/console`,
    ingressEndpointUrl: `wss://localhost:${front.port}/v2/driveningress`,
  };
}

it('members of Object.prototype are not used as options', { timeout: 60_000 }, async () => {
  const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
  const targets = [
    { options: { ...credentials, consoleEndpointUrl, ingressEndpointUrl }, works: true },
    { options: await behindTls('good'), works: true },
    { options: await behindTls('self-signed'), works: false },
  ];
  const script = join(import.meta.dirname, 'scenario-support/pollutes.mjs');
  const args = [script, JSON.stringify(targets), JSON.stringify(POLLUTED_NAMES)];
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(FIXTURES, 'ca.pem') };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  expect(JSON.parse(stdout)).toEqual([]);
});
