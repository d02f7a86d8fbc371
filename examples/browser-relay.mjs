// @ts-check
// A WebSocket relay: a session for each browser, whose frames go to the browser's player as they came. Needs `npm install ws`.
import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';
import { AvatarSDKError, newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';

const service = await AvatarEmulator.start({
  faults: [{ kind: 'reset', phase: 'runtime', afterKeyframes: 10 }],
});
const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });

server.on('connection', (browser) => {
  const session = newAvatarSession({
    ...service.sessionOptions,
  });
  /** @param {{ readonly type: string }} message */
  const tell = (message) => browser.send(JSON.stringify(message));
  const ready = session.start();
  // A code, never the service's own words.
  ready.catch((/** @type {unknown} */ error) =>
    tell({ type: AvatarSDKError.is(error) ? error.code : 'failed' }),
  );
  browser.on('close', () => void session.close()); // an open session is billed
  browser.on('message', (data, isBinary) => {
    if (!isBinary) void session.interrupt().then(() => tell({ type: 'interrupted' }));
    else ready.then(() => relay(/** @type {Buffer} */ (data))).catch(() => tell({ type: 'failed' }));
  });
  /** @param {Buffer} audio speech from your TTS; here the browser brings it */
  async function relay(audio) {
    browser.send(audio); // sound first, then the motion that belongs to it
    for await (const { raw } of session.speak(audio)) {
      browser.send(raw);
      while (browser.bufferedAmount > 1_000_000) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    tell({ type: 'end' });
  }
});

// What a browser does: it sends speech, and plays what comes.
await once(server, 'listening');
const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
const browser = new WebSocket(`ws://127.0.0.1:${port}`);
await once(browser, 'open');
let binary = 0;
browser.on('message', (_data, isBinary) => {
  if (isBinary) binary += 1;
  else browser.close();
});
browser.send(new Uint8Array(32_000)); // one second
await once(browser, 'close');
console.log(`1 message of audio and ${binary - 1} of frames`);

server.close();
await service.stop();
