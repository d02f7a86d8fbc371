/**
 * The native packages `bufferutil` and `utf-8-validate`, absent, replaced or broken. Each test runs in a process
 * of its own, because `ws` looks for the packages only once per process.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

/** Makes the loader of modules available as `load`, and runs the code `before`. */
const begin = (before: string): string => `
    import Module from 'node:module';
    const load = Module._load;
    ${before}
`;

/** Speaks through the embedded service and prints the outcome. */
const SPEAK = `
    const { newAvatarSession } = await import('./dist/index.js');
    const { AvatarEmulator } = await import('./dist/emulator/index.js');
    const service = await AvatarEmulator.start();
    const { credentials, consoleEndpointUrl, ingressEndpointUrl } = service;
    const session = newAvatarSession({ ...credentials, consoleEndpointUrl, ingressEndpointUrl });
    await session.start();
    const { outcome, keyframes } = await session.speak(new Uint8Array(64_000)).finished;
    await session.close();
    await service.stop();
    console.log(outcome, keyframes, process.env.WS_NO_BUFFER_UTIL);
`;
const replaced = (addon: string, packages = ['bufferutil', 'utf-8-validate']): string =>
  `Module._load = function (name, ...rest) {
     if (${JSON.stringify(packages)}.includes(name)) return ${addon};
     return load.call(this, name, ...rest);
   };`;
const inProcess = async (text: string): Promise<string> => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--no-warnings', '-e', text]);
  return stdout.trim();
};
const ABSENT = "(() => { throw Object.assign(new Error('x'), { code: 'MODULE_NOT_FOUND' }); })()";
const NOT_LOADED = "(() => { throw new Error('built for another machine'); })()";

describe('a session whose bufferutil', () => {
  it.each<[string, string]>([
    ['works', ''],
    ['is an empty object', replaced('{}')],
    ['is nothing', replaced('undefined')],
    ['is absent', replaced(ABSENT)],
    ['throws when it is loaded', replaced(NOT_LOADED)],
    [
      'throws when it is used',
      replaced("{ mask() { throw new Error('no'); }, unmask() { throw new Error('no'); } }"),
    ],
    ['does nothing', replaced('{ mask() {}, unmask() {} }')],
    [
      'has only the function mask',
      replaced('{ mask(s, k, o, at, n) { for (let i = 0; i < n; i++) o[at + i] = s[i] ^ k[i & 3]; } }'),
    ],
  ])('%s completes an utterance, and does not change the environment variables', async (_what, before) => {
    expect(await inProcess(begin(before) + SPEAK)).toBe('delivered 50 undefined');
  });

  const LOADED_BEFORE = `${replaced("{ mask() { throw new Error('no'); }, unmask: (b, k) => b.forEach((x, i) => { b[i] = x ^ k[i & 3]; }) }")} const ws = await import('ws');`;
  it('is broken in a copy of ws that was loaded earlier still completes an utterance', async () => {
    expect(await inProcess(begin(LOADED_BEFORE) + SPEAK)).toBe('delivered 50 undefined');
  });

  it('is broken in such a copy sends the original bytes, even when their memory is overwritten later', async () => {
    const overwrite = `
      ${begin(LOADED_BEFORE)}
      import { once } from 'node:events';
      const { createWsTransport } = await import('./dist/index.js');
      const server = new ws.WebSocketServer({ host: '127.0.0.1', port: 0 });
      await once(server, 'listening');
      const accepted = once(server, 'connection');
      const url = \`ws://127.0.0.1:\${server.address().port}/\`;
      const signal = new AbortController().signal;
      const sink = new Proxy({}, { get: () => () => undefined });
      const near = await createWsTransport().dial({ url, headers: {}, maxMessageBytes: 1_000, signal }, sink);
      const [far] = await accepted;
      far.pause();
      const block = Buffer.alloc(64 * 1024, 1);
      let sent = 0;
      for (; near.bufferedBytes === 0; sent += 1) near.send(block);
      for (let more = 0; more < 20; more += 1, sent += 1) near.send(block);
      near.notifyBelow(0);
      for (let more = 0; more < 20; more += 1, sent += 1) near.send(block);
      block.fill(2);
      let intact = 0;
      let left = sent;
      far.on('message', (data) => {
        if (data.every((byte) => byte === 1)) intact += 1;
        if ((left -= 1) === 0) { console.log(intact === sent); process.exit(); }
      });
      far.resume();
    `;
    expect(await inProcess(overwrite)).toBe('true');
  });
});

describe('a transport whose utf-8-validate', () => {
  /**
   * Receives a text message and a close reason, which `ws` validates: first texts that are too short for the native
   * package, then texts that are long enough for it.
   */
  const RECEIVE = `
    import { once } from 'node:events';
    const { createWsTransport } = await import('./dist/index.js');
    const { WebSocketServer } = await import('ws');
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    const url = \`ws://127.0.0.1:\${server.address().port}/\`;
    const signal = new AbortController().signal;
    const came = [];
    for (const text of ['zu viel Lärm', 'zu viel Lärm um nichts, '.repeat(4)]) {
      server.once('connection', (socket) => {
        socket.send(text);
        socket.close(4003, text);
      });
      await new Promise((resolve) => {
        const closed = (code, reason) => resolve(came.push(code, reason === text));
        const sink = { message: (data) => came.push(data === text), closed, drained() {}, heard() {}, violated: closed };
        createWsTransport().dial({ url, headers: {}, maxMessageBytes: 1_000, signal }, sink);
      });
    }
    console.log(came.join(' '));
    server.close();
  `;
  const only = (addon: string): string => replaced(addon, ['utf-8-validate']);

  it.each<[string, string]>([
    ['is the installed one', ''],
    ['is an empty object', only('{}')],
    ['is nothing', only('undefined')],
    ['is absent', only(ABSENT)],
    ['throws when it is loaded', only(NOT_LOADED)],
    ['throws when it is used', only("() => { throw new Error('no'); }")],
    ['finds every text invalid', only('() => false')],
  ])(
    '%s reads text messages and close reasons, and a session completes an utterance',
    async (_what, before) => {
      expect(await inProcess(begin(before) + RECEIVE + SPEAK)).toBe(
        'true 4003 true true 4003 true\ndelivered 50 undefined',
      );
    },
  );
});
