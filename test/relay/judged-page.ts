/**
 * Checks all messages that one page of a relay gets over all its connections: only its own speech, one
 * utterance after the other, audio before the keyframes that belong to it, everything once, and codes in
 * place of error texts. Sends nothing.
 */
import { decodeBinaryMessage } from '../../src/relay/browser/binary-format.js';
import type { Relay } from '../../src/relay/index.js';
import { MessageType } from '../../src/ports/message.js';
import { decodeServerMessage } from '../../src/wire/decode.js';
import type { FakeBrowser } from './fake-browser.js';

const BYTES_PER_KEYFRAME = 1_280;
const CONTROL_TYPES = ['ready', 'interrupt', 'error', 'transcript'];
/** A code of the Web SDK: one word without further text. */
const WEB_CODE = /^[a-z][a-zA-Z]+$/;

export class JudgedPage {
  readonly honest: boolean;
  relay: Relay;
  browser: FakeBrowser;
  #judged = 0;
  /** The number of messages after `ready` that the page has read; undefined before the first `ready`. */
  received: number | undefined;
  /** The current request: its audio and keyframes so far. */
  #current: { readonly reqId: string; audioBytes: number; keyframes: number } | undefined;
  readonly #over = new Set<string>();

  constructor(honest: boolean, relay: Relay, browser: FakeBrowser) {
    this.honest = honest;
    this.relay = relay;
    this.browser = browser;
  }

  connected(relay: Relay, browser: FakeBrowser): void {
    this.relay = relay;
    this.browser = browser;
    this.#judged = 0;
  }

  /** @throws Error for a message that breaks a rule */
  judge(isKnown: (reqId: string) => boolean): void {
    for (; this.#judged < this.browser.got.length; this.#judged += 1) {
      const message = this.browser.got[this.#judged];
      if (typeof message === 'string') this.#control(message);
      else if (message !== undefined) this.#binary(message, isKnown);
    }
  }

  #control(text: string): void {
    const message = JSON.parse(text) as Record<string, unknown>;
    const { type, code, reqId } = message;
    if (!CONTROL_TYPES.includes(String(type)))
      throw new Error(`a page gets a message of type ${String(type)}`);
    if (type === 'error' && !WEB_CODE.test(String(code)))
      throw new Error(`a page gets the text ${String(code)}`);
    if (type === 'ready') {
      if (message['resumed'] !== true) this.#current = undefined;
      else if (this.honest && message['next'] !== this.received)
        throw new Error('a page continues at another message');
      this.received = Number(message['next']);
      return;
    }
    this.received = (this.received ?? 0) + 1;
    if (type === 'interrupt') this.#ended(String(reqId));
  }

  #binary(bytes: Uint8Array, isKnown: (reqId: string) => boolean): void {
    this.received = (this.received ?? 0) + 1;
    const message = decodeBinaryMessage(bytes);
    if (message === undefined) throw new Error('a page gets an unreadable binary message');
    const { type, reqId, end, payload } = message;
    if (!isKnown(reqId)) throw new Error('a page gets speech of another page');
    if (!this.honest) return;
    if (this.#over.has(reqId)) throw new Error('a page gets a message of an ended utterance');
    if (this.#current?.reqId !== reqId) {
      if (this.#current !== undefined)
        throw new Error('a page gets speech before the end of the previous utterance');
      this.#current = { reqId, audioBytes: 0, keyframes: 0 };
    }
    if (type === 'audio') {
      this.#current.audioBytes += payload.length;
      if (end) this.#ended(reqId);
      return;
    }
    const envelope = decodeServerMessage(payload);
    if (envelope.type !== MessageType.serverResponseAnimation || envelope.reqId !== reqId)
      throw new Error('a page gets an envelope of another request');
    this.#current.keyframes += envelope.keyframeCount;
    if (this.#current.keyframes > Math.ceil(this.#current.audioBytes / BYTES_PER_KEYFRAME))
      throw new Error('a page gets keyframes before their audio, or twice');
  }

  #ended(reqId: string): void {
    this.#over.add(reqId);
    if (this.#current?.reqId === reqId) this.#current = undefined;
  }
}
