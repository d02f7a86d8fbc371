// @ts-check
/**
 * Starts the peer process, and opens the two kinds of connections that all benchmarks compare: a bare `ws`
 * socket and a session.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import WebSocket from 'ws';
import { newAvatarSession } from 'avatarkit-session';

/**
 * @param {{ awake?: boolean, answers?: boolean }} [how] awake: the peer uses a whole core, and never has to
 *   be woken; answers: it answers speech
 */
export async function startPeer({ awake = false, answers = false } = {}) {
  const peer = fork(new URL('peer.mjs', import.meta.url), { execArgv: [] });
  peer.send({ awake, answers });
  /** @type {number} */
  const port = await new Promise((resolve) => peer.once('message', resolve));
  const console = `http://127.0.0.1:${port}`;
  const ingress = `ws://127.0.0.1:${port}`;
  // The options are one object for all sessions, as in an application.
  const options = Object.freeze({
    apiKey: 'key-of-the-peer',
    appId: 'bench',
    avatarId: 'bench',
    consoleEndpointUrl: console,
    ingressEndpointUrl: ingress,
  });
  return {
    port,
    options,
    rawUrl: `${ingress}/raw`,
    refusedUrl: `${ingress}/refused`,
    awayUrl: `${ingress}/away`,
    /** Cuts every WebSocket. */
    drop: () => peer.send('drop'),
    stop: () => peer.disconnect(),
  };
}

/** @param {string} url */
export async function openRaw(url) {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 16 * 1024 * 1024 });
  socket.on('error', () => undefined);
  await once(socket, 'open');
  return socket;
}

/** @param {import('avatarkit-session').AvatarSessionOptions} options */
export async function openSession(options) {
  const session = newAvatarSession(options);
  await session.start();
  return session;
}

/**
 * The common interface of the reconnecting wrappers.
 * @typedef {object} Wrapper
 * @property {string} binaryType
 * @property {(data: Uint8Array | string) => void} send
 * @property {() => void} close
 * @property {(name: string, listener: (event: unknown) => void) => void} addEventListener
 * @property {(name: string, listener: (event: unknown) => void) => void} removeEventListener
 *
 * @typedef {new (url: string, protocols: string[], options: { WebSocket: unknown }) => Wrapper} WrapperClass
 * @typedef {{ default: WrapperClass | { default: WrapperClass } }} WrapperModule
 */

/**
 * The general packages for reconnecting WebSockets, on the same `ws`.
 * @param {string} url @returns {Promise<{ [name: string]: Wrapper }>}
 */
async function openWrappers(url) {
  // The names are not literals, because the types of these packages need a DOM.
  const names = ['partysocket/ws', 'reconnecting-websocket'];
  /** @type {{ [name: string]: Wrapper }} */
  const wrappers = {};
  for (const name of names) {
    /** @type {unknown} */
    const module = await import(name);
    const exported = /** @type {WrapperModule} */ (module).default;
    const Wrapped = 'default' in exported ? exported.default : exported;
    const wrapper = new Wrapped(url, [], { WebSocket });
    wrapper.binaryType = 'arraybuffer';
    await new Promise((resolve) => wrapper.addEventListener('open', resolve));
    wrappers[name.replace('/ws', '')] = wrapper;
  }
  return wrappers;
}

/** The bare socket, a second one to show the error of the measurement, and the wrappers. @param {string} url */
export async function openBareAndWrapped(url) {
  const raw = await openRaw(url);
  const control = await openRaw(url);
  const wrappers = await openWrappers(url);
  const close = () => {
    raw.terminate();
    control.terminate();
    for (const wrapper of Object.values(wrappers)) wrapper.close();
  };
  return { raw, control, wrappers, close };
}
