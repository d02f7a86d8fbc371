/**
 * `Object.prototype` has a further member whose name Node's HTTP client, its streams or `ws` read and write on their
 * own objects, so the options of this package cannot prevent the effect. A dial then ends with one error that names
 * the member: no promise hangs, and no error is uncaught. The names are found by observing a session.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { READ_BY_NODE, USED_BY_NODE } from '../../src/adapters/node/polluted-prototype.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { FaultProxy } from '../support/fault-proxy.js';

const FIXTURES = join(import.meta.dirname, '../support/tls');
const pem = (name: string): string => readFileSync(join(FIXTURES, `${name}.pem`), 'utf8');

/** Names that the language itself reads, for example when a promise is resolved or a loop ends early. */
const OF_THE_LANGUAGE = ['then', 'return', 'constructor', 'toJSON'];
let results: readonly string[] = [];
let used: readonly (readonly [string, string])[] = [];

beforeAll(async () => {
  await using service = await AvatarEmulator.start();
  const targetPort = Number(new URL(service.consoleEndpointUrl).port);
  const tls = { cert: pem('good'), key: pem('good-key') };
  const front = await FaultProxy.start({ targetPort, tls });
  const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
  const targets = [
    { ...credentials, consoleEndpointUrl, ingressEndpointUrl },
    {
      ...credentials,
      consoleEndpointUrl: `https://localhost:${front.port}/v1/console`,
      ingressEndpointUrl: `wss://localhost:${front.port}/v2/driveningress`,
    },
  ];
  const names = [...READ_BY_NODE];
  const script = join(import.meta.dirname, 'scenario-support/pollutes-node.mjs');
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(FIXTURES, 'ca.pem') };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [script, JSON.stringify(targets), JSON.stringify(names)],
    { env, maxBuffer: 64 * 1_024 * 1_024 },
  );
  await front.stop();
  const seen = JSON.parse(stdout) as { results: string[]; used: [string, string][] };
  ({ results, used } = seen);
}, 120_000);

it('each value and each accessor with a name that Node reads causes one clear error', () => {
  expect(results.length).toBeGreaterThan(500);
  const others = results.filter((result) => {
    const [, name = ''] = result.split(' | ');
    return !result.endsWith(
      `| connectionFailed: token request failed: ERR_POLLUTED_PROTOTYPE, Object.prototype.${name} is set, and Node's HTTP client uses that name`,
    );
  });
  expect(others).toEqual([]);
});

it('each name that Node or ws uses is in the lists of the source', () => {
  const missing = used.filter(([use]) => {
    const [from, name = ''] = use.split(' ');
    return from === 'foreign' && !READ_BY_NODE.has(name) && !USED_BY_NODE.has(name) && !isOfTheLanguage(name);
  });
  expect(used.length).toBeGreaterThan(200);
  expect(missing).toEqual([]);
});

it('this package reads and writes no member through Object.prototype', () => {
  const own = used.filter(([use]) => {
    const [from, name = ''] = use.split(' ');
    return from === 'own' && !isOfTheLanguage(name);
  });
  expect(own).toEqual([]);
});

/** True also for the index of an element, which every array of the process reads. */
function isOfTheLanguage(name: string): boolean {
  return OF_THE_LANGUAGE.includes(name) || /^\d+$/.test(name);
}
