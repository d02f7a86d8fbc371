// @ts-check
// A page with a face that speaks: `node examples/relay/server.mjs`, then open the address that it prints. Needs `npm install ws`.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';
import { createRelay, createRelayHub } from 'avatarkit-session/relay';

/** What the page imports: the package's own files, as they are. Elsewhere: `new URL('.', import.meta.resolve('avatarkit-session'))`. */
const PACKAGE = new URL('../../dist/', import.meta.url);
const PAGE = new URL('page.html', import.meta.url);
const WAV_HEADER_BYTES = 44;

/**
 * @param {import('avatarkit-session').AvatarSessionOptions} sessionOptions
 * @param {{ port?: number, lingerMs?: number }} [options]
 */
export async function serve(sessionOptions, { port = 0, lingerMs = 30_000 } = {}) {
  const speech = await readFile(new URL('../audio/speech.wav', import.meta.url)); // from your TTS
  const http = createServer((request, response) => {
    void answer(request.url ?? '/').then(
      ({ type, body }) => response.writeHead(200, { 'content-type': type }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  const hub = createRelayHub((socket) => {
    const relay = createRelay({
      session: newAvatarSession(sessionOptions),
      socket,
      dialect: 'binary',
      lingerMs,
    });
    relay.on('text', ({ text }) => {
      relay.transcript({ role: 'assistant', text: `You said: ${text}` });
      relay.speak(speech.subarray(WAV_HEADER_BYTES), { label: text });
    });
    return relay;
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 256 * 1024 });
  http.on('upgrade', (request, line, head) => {
    // Pages of other origins may not speak. A login of your own belongs here, too.
    if (request.headers.origin !== `http://${request.headers.host ?? ''}`) line.destroy();
    else sockets.handleUpgrade(request, line, head, (socket) => hub.accept(socket, request));
  });
  http.listen(port, '127.0.0.1');
  await once(http, 'listening');
  const address = /** @type {import('node:net').AddressInfo} */ (http.address());
  const close = async () => {
    await hub.close();
    http.close();
    http.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${address.port}/`, hub, sockets, close };
}

/** @param {string} path */
async function answer(path) {
  const { pathname } = new URL(path, 'http://localhost');
  if (pathname === '/') return { type: 'text/html; charset=utf-8', body: await readFile(PAGE) };
  const file = new URL(`.${pathname.replace(/^\/avatarkit-session/, '')}`, PACKAGE);
  if (!file.href.startsWith(PACKAGE.href) || !pathname.endsWith('.js')) throw new Error('not for pages');
  return { type: 'text/javascript', body: await readFile(file) };
}

if (import.meta.url === new URL(process.argv[1] ?? '', 'file:').href) {
  const service = await AvatarEmulator.start();
  const { url } = await serve(service.sessionOptions, { port: 8080 });
  console.log(url);
}
