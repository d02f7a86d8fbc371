/** With NODE_DEBUG=http Node writes much to standard error: the API key is not part of it, with TLS neither. */
import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { PROJECT } from '../source-imports.js';

const KEY = 'sk_live_4f9a8b7c6d5e';
const SCRIPT = `
  import { newAvatarSession } from '${PROJECT}/dist/index.js';
  const session = newAvatarSession({ apiKey: '${KEY}', appId: 'a', avatarId: 'b', retry: false, connectGate: false,
    consoleEndpointUrl: process.argv[1] + '://user:pass-word-1@127.0.0.1:9/v1', ingressEndpointUrl: 'ws://127.0.0.1:9' });
  await session.start().catch((error) => console.log(error.code));
`;

it.each(['http', 'https'])('%s', async (scheme) => {
  const env = { ...process.env, NODE_DEBUG: 'http,https,net,tls' };
  const child = spawn(process.execPath, ['--input-type=module', '--eval', SCRIPT, scheme], { env });
  let written = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (written += text));
  }
  await new Promise((resolve) => child.once('close', resolve));
  expect(written).toContain('connectionFailed');
  expect(written).toMatch(/^(?:HTTP|NET) \d+:/m);
  expect(written).not.toContain(KEY);
});
