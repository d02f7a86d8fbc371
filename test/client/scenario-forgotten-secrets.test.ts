/**
 * No credentials of a closed session are left in the memory of its process, although the application keeps the
 * session.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RawService } from './scenario-support/raw-service.js';

const SCRIPT = join(import.meta.dirname, 'scenario-support/forgotten-secrets.mjs');
const hex = (text: string): string => Buffer.from(text).toString('hex');
const KEY = 'sk_live_4f9a8b7c6d5e';
const PASSWORD = 'Hunter2Hunter2';
const QUERY = 'GatewayKey123456';
const TOKEN = 'st_0a1b2c3d4e5f6789';
/** One secret for each way into a session; the names are those that the script uses. */
const GIVEN: Readonly<Record<string, string>> = {
  extraToken: 'xt_1a2b3c4d5e6f7081',
  roomToken: 'rt_2b3c4d5e6f708192',
  roomFunction: 'rf_3c4d5e6f708192a3',
  providerToken: 'pt_4d5e6f708192a3b4',
  reusableToken: 'ru_5e6f708192a3b4c5',
  proxyPassword: 'pp_6f708192a3b4c5d6',
};
const FAILED = {
  key: 'fk_708192a3b4c5d6e7',
  query: 'fq_8192a3b4c5d6e7f8',
  token: 'ft_92a3b4c5d6e7f809',
  extra: 'fx_a3b4c5d6e7f8091a',
};

it('keys, tokens and credentials in URLs are not left in the heap', { timeout: 60_000 }, async () => {
  await using service = await RawService.start({
    token: (_request, response) => void response.end(JSON.stringify({ sessionToken: TOKEN })),
  });
  const withCredentials = (url: string): string =>
    `${url.replace('://', `://gwuser:${PASSWORD}@`)}?gw=${QUERY}`;
  const session = (useQueryAuth: boolean): Record<string, string> => ({
    apiKey: hex(KEY),
    appId: hex('app'),
    avatarId: hex('avatar'),
    consoleEndpointUrl: hex(withCredentials(service.endpoints.consoleEndpointUrl)),
    ingressEndpointUrl: hex(withCredentials(service.endpoints.ingressEndpointUrl)),
    useQueryAuth: useQueryAuth ? 'yes' : 'no',
  });
  const plain = (given: Record<string, string>): Record<string, string> => ({
    appId: hex('app'),
    avatarId: hex('avatar'),
    consoleEndpointUrl: hex(service.endpoints.consoleEndpointUrl),
    ingressEndpointUrl: hex(service.endpoints.ingressEndpointUrl),
    ...given,
  });
  const others = Object.entries(GIVEN).map(([name, secret]) =>
    plain({ [name]: hex(secret), ...(!/provider|reusable/.test(name) && { apiKey: hex('plain-key-1') }) }),
  );
  // Dials that fail, and whose errors the application keeps: to a port without a server, to a host that does not
  // exist, and to a port without TLS.
  const failed = ['ws://127.0.0.1:9/v2', 'wss://no-such-host.invalid/v2'].flatMap((ingress, at) => {
    const ingressEndpointUrl = hex(`${ingress}?gw=${FAILED.query}`);
    const apiKey = hex(FAILED.key);
    return [
      plain({ apiKey, ingressEndpointUrl, useQueryAuth: at === 1 ? 'yes' : 'no' }),
      plain({ providerToken: hex(FAILED.token), extraToken: hex(FAILED.extra), ingressEndpointUrl }),
    ];
  });
  const child = fork(SCRIPT, { execArgv: ['--expose-gc'] });
  const secrets = [KEY, PASSWORD, QUERY, TOKEN, ...Object.values(GIVEN), ...Object.values(FAILED)].map(hex);
  child.send({ sessions: [session(false), session(true), ...others, ...failed], secrets });
  const [report] = (await once(child, 'message')) as [unknown];
  const states = [...others, ...failed, 1, 2].map(() => 'closed');
  expect(report).toMatchObject({ found: [], states, errors: 3 * failed.length });
});
