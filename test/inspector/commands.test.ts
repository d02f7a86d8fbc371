/** `--inspect` of the commands: the page's URL, its content, and the end of the command. */
import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.js';
import { newAvatarSession } from '../../src/index.js';
import type { Message } from '../../src/inspector/protocol.js';
import { fakeTerminal } from '../cli/fake-terminal.js';

const urlIn = (text: string): string => /http:\S+/.exec(text)?.[0] ?? '';

/** The first message to a page that opens now. */
async function firstMessage(url: string): Promise<Message> {
  const stopping = new AbortController();
  const { body } = await fetch(`${url}events`, { signal: stopping.signal });
  let text = '';
  try {
    for await (const chunk of body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString('utf8');
      const reported = /^data: (.*)\n\n/m.exec(text)?.[1];
      if (reported !== undefined) return JSON.parse(reported) as Message;
    }
  } finally {
    stopping.abort();
  }
  throw new Error('the stream ended');
}

describe('say --inspect', () => {
  it('prints the URL of the page on standard error, shows the session after the last utterance, and runs until it is stopped', async () => {
    const terminal = fakeTerminal();
    const ended = run(['say', '--inspect', '--speed', '1000'], terminal);
    await expect
      .poll(() => terminal.complaints.join(' '), { timeout: 20_000 })
      .toContain('stays until Ctrl-C');
    expect(terminal.out).not.toContain('http:');
    const { rows } = await firstMessage(urlIn(terminal.complaints.join(' ')));
    // The page shows the whole process, including sessions that other test files have left open.
    const own = (rows ?? []).filter(({ endpoint = '' }) => endpoint.startsWith('127.0.0.1'));
    expect(own).toMatchObject([{ state: 'closed', failed: false, delivered: 1, lost: 0, keyframes: 229 }]);
    terminal.stop();
    expect(await ended).toBe(0);
  });
});

describe('emulate --inspect', () => {
  it('shows the connections of the service, including ended ones', async () => {
    const terminal = fakeTerminal();
    const ended = run(['emulate', '--inspect'], terminal);
    await expect.poll(() => terminal.complaints.join(' ')).toContain('http:');
    const named = (name: string): string =>
      new RegExp(`^${name} +(\\S+)$`, 'm').exec(terminal.out)?.[1] ?? '';
    const session = newAvatarSession({
      apiKey: named('API key'),
      appId: named('app id'),
      avatarId: named('avatar id'),
      consoleEndpointUrl: named('console'),
      ingressEndpointUrl: named('ingress'),
    });
    await session.start();
    await session.speak(new Uint8Array(32_000)).finished;
    const url = urlIn(terminal.complaints.join(' '));
    const shown = async (): Promise<Message['rows']> => (await firstMessage(url)).rows;
    await expect
      .poll(shown)
      .toMatchObject([{ id: 'connection-1', state: 'websocket_runtime', keyframes: 25 }]);
    await session.close();
    await expect.poll(shown).toMatchObject([{ id: 'connection-1', state: 'closed', delivered: 1 }]);
    terminal.stop();
    expect(await ended).toBe(0);
  });
});
