/**
 * With NODE_DEBUG set, Node writes many details to standard error. These contain neither the API key nor a
 * session token, with and without TLS, whether the upgrade has the token in a header or in the query.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RawService } from '../client/scenario-support/raw-service.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { PROJECT } from '../source-imports.js';

const KEY = 'sk_live_4f9a8b7c6d5e';
const TOKEN = 'st_0a1b2c3d4e5f6789';
const ROOM = 'room_9f8e7d6c5b4a';
const PASSWORD = 'pass-word-1';
const SCRIPT = `
  import { newAvatarSession } from '${PROJECT}/dist/index.js';
  const [consoleEndpointUrl, ingressEndpointUrl, auth] = process.argv.slice(1);
  const session = newAvatarSession({ apiKey: '${KEY}', appId: 'a', avatarId: 'b', retry: false, connectGate: false,
    consoleEndpointUrl, ingressEndpointUrl, useQueryAuth: auth === 'query', extraParams: { upstreamToken: '${ROOM}' },
    livekitEgress: { url: 'wss://room.test', apiToken: '${ROOM}' } });
  console.log(await session.start().catch((error) => error.code));
  await session.close();
`;
const TLS = join(import.meta.dirname, '../support/tls');
const pem = (name: string): string => readFileSync(join(TLS, `${name}.pem`), 'utf8');

/** All output of the process. */
async function written(consoleUrl: string, ingressUrl: string, auth: string): Promise<string> {
  const args = ['--input-type=module', '--eval', SCRIPT, consoleUrl, ingressUrl, auth];
  const NODE_DEBUG = 'http,https,net,tls,undici,fetch,websocket,stream';
  const NODE_EXTRA_CA_CERTS = join(TLS, 'ca.pem');
  const child = spawn(process.execPath, args, { env: { ...process.env, NODE_DEBUG, NODE_EXTRA_CA_CERTS } });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  }
  await new Promise((resolve) => child.once('close', resolve));
  return text;
}

describe.each(['header', 'query'])('with NODE_DEBUG and the token in the %s, a secret', (auth) => {
  it.each(['clear text', 'TLS'])('is not printed over %s', async (security) => {
    await using service = await RawService.start({
      token: (_request, response) => void response.end(JSON.stringify({ sessionToken: TOKEN })),
    });
    const { consoleEndpointUrl, ingressEndpointUrl } = service.endpoints;
    const targetPort = Number(new URL(consoleEndpointUrl).port);
    const front = await FaultProxy.start({ targetPort, tls: { cert: pem('good'), key: pem('good-key') } });
    const secured = (address: string): string =>
      security === 'TLS'
        ? address.replace(/^(http|ws):/, '$1s:').replace(`:${targetPort}`, `:${front.port}`)
        : address;
    const withUser = (address: string): string => address.replace('://', `://user:${PASSWORD}@`);
    try {
      const text = await written(
        withUser(secured(consoleEndpointUrl)),
        withUser(secured(ingressEndpointUrl)),
        auth,
      );
      expect(text).toContain('raw-connection');
      expect(text).toMatch(/^HTTP \d+:/m);
      expect(text).toMatch(/^NET \d+:/m);
      const shown = [KEY, TOKEN, ROOM, PASSWORD].flatMap((secret) => [
        secret,
        Buffer.from(`user:${secret}`).toString('base64'),
      ]);
      expect(shown.filter((secret) => text.includes(secret))).toEqual([]);
    } finally {
      await front.stop();
    }
  });

  it.each(['http', 'https'])(
    'is not printed when the connection to an %s address is refused',
    async (scheme) => {
      const text = await written(`${scheme}://user:${PASSWORD}@127.0.0.1:9/v1`, 'ws://127.0.0.1:9', auth);
      expect(text).toContain('connectionFailed');
      expect(text).not.toContain(KEY);
      expect(text).not.toContain(PASSWORD);
    },
  );
});
