// @ts-check
/**
 * Embedded services in a separate process, which always runs Node: so the runtime under test is only a
 * client. `POST /` with options starts a service, `GET /ID` reads its state, and `DELETE /ID` stops it.
 * Prints its port. Each test starts its own service, and the process ends with its standard input.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { AvatarEmulator } from 'avatarkit-session/emulator';

const [, , certificates = ''] = process.argv;
/** @type {Map<string, { readonly emulator: AvatarEmulator, readonly stop: () => Promise<void> }>} */
const services = new Map();
let lastId = 0;

const control = createServer((request, response) => {
  answer(request).then(
    (value) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value)),
    (/** @type {unknown} */ error) => response.writeHead(500).end(String(error)),
  );
});
control.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (control.address());
  process.stdout.write(`${port}\n`);
});
process.stdin.resume().on('end', () => process.exit());

/** @param {import('node:http').IncomingMessage} request */
async function answer(request) {
  const id = (request.url ?? '/').slice(1);
  if (request.method === 'POST') return open(JSON.parse(await bodyOf(request)));
  const service = services.get(id);
  if (service === undefined) throw new Error(`there is no service ${id}`);
  if (request.method === 'DELETE') {
    services.delete(id);
    await service.stop();
  }
  const { log, heard, openSockets, peakOpenSockets } = service.emulator;
  const bytes = heard.map(({ audio }) => Buffer.from(audio).toString('base64'));
  return { log, heard: bytes, openSockets, peakOpenSockets };
}

/** @param {{ readonly tls?: boolean, readonly options: import('avatarkit-session/emulator').EmulatorOptions }} wanted */
async function open({ tls = false, options }) {
  const emulator = await AvatarEmulator.start({ maxHeardBytes: 16 * 1024 * 1024, ...options });
  const id = `${++lastId}`;
  const front = tls ? await openTls(Number(new URL(emulator.ingressEndpointUrl).port)) : undefined;
  const stop = async () => {
    front?.close();
    await emulator.stop();
  };
  services.set(id, { emulator, stop });
  const { consoleEndpointUrl, ingressEndpointUrl } = emulator;
  /** @param {string} url */
  const behindTls = (url) => {
    if (front === undefined) return url;
    const address = /** @type {import('node:net').AddressInfo} */ (front.address());
    return url.replace(/^(http|ws):/, '$1s:').replace(/\/\/[^/]+/, `//localhost:${address.port}`);
  };
  const sessionOptions = {
    ...emulator.credentials,
    consoleEndpointUrl: behindTls(consoleEndpointUrl),
    ingressEndpointUrl: behindTls(ingressEndpointUrl),
  };
  return { id, sessionOptions };
}

/** @param {number} port the port of the service behind it */
async function openTls(port) {
  const key = readFileSync(`${certificates}/good-key.pem`);
  const cert = readFileSync(`${certificates}/good.pem`);
  const server = createTlsServer({ key, cert }, (client) => {
    const line = connect(port, '127.0.0.1');
    client.pipe(line).pipe(client);
    line.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.on('error', () => line.destroy()).on('close', () => line.destroy());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  return server;
}

/** @param {import('node:http').IncomingMessage} request */
async function bodyOf(request) {
  let text = '';
  for await (const part of request) text += part;
  return text;
}
