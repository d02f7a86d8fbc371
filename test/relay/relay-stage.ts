/**
 * A relay in virtual time: a session with a scripted service that sends keyframes for its audio, and a
 * browser without a network.
 */
import { createRelay } from '../../src/relay/index.js';
import type { Relay, RelayEvents, RelayOptions } from '../../src/relay/index.js';
import { decodeBinaryMessage } from '../../src/relay/browser/binary-format.js';
import { MessageType } from '../../src/ports/message.js';
import { decodeServerMessage } from '../../src/wire/decode.js';
import type { FakeDial, FakeSocket } from '../client/fake-transport.js';
import { virtualSession } from '../client/virtual-session.js';
import type { VirtualSession, VirtualSessionPlan } from '../client/virtual-session.js';
import { FakeBrowser } from './fake-browser.js';

export const SECOND = 32_000;
const KEYFRAME_BYTES = SECOND / 25;

/** A second of sound at 16 kHz, in which no sample equals the one before. */
export function sound(seconds = 1, from = 1): Uint8Array {
  const bytes = new Uint8Array(SECOND * seconds);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (at * 7 + from) % 251;
  return bytes;
}

/** Gives this many chunks of a second. `given` counts them when they are read. */
export async function* seconds(
  count: number,
  given: { count: number } = { count: 0 },
): AsyncGenerator<Uint8Array> {
  for (; given.count < count; given.count += 1) {
    yield sound(1, given.count);
    await Promise.resolve();
  }
}

/** Confirms the dial. Answers each audio message at once, with the keyframes of that audio. */
export function animates(dial: FakeDial): void {
  dial.confirm();
  const socket = dial.accept();
  const configure = socket.onReceive;
  const heard = new Map<string, number>();
  socket.onReceive = (message) => {
    configure(message);
    if (message.type !== MessageType.clientAudioInput) return;
    const { reqId, audio, end } = message;
    const before = heard.get(reqId) ?? 0;
    const now = before + audio.length;
    heard.set(reqId, now);
    const count = Math.floor(now / KEYFRAME_BYTES) - Math.floor(before / KEYFRAME_BYTES);
    if (count > 0 || end) socket.animate(reqId, count, { end, floats: 100 });
  };
}

/** Confirms every dial; the test does the rest. */
export const confirms = (dial: FakeDial): FakeSocket => dial.confirm();

export interface RelayStage extends VirtualSession {
  readonly relay: Relay;
  readonly browser: FakeBrowser;
  readonly events: { readonly name: string; readonly payload: unknown }[];
  /** Opens a further connection of the page. */
  attach(received?: number, reads?: boolean): FakeBrowser;
}

const EVENTS = [
  'text',
  'micAudio',
  'setAvatar',
  'speak',
  'interrupt',
  'message',
  'attached',
  'detached',
  'close',
] as const satisfies readonly (keyof RelayEvents)[];

/** A relay whose session has started, unless the service prevents it. */
export async function relayStage(
  options: Partial<RelayOptions> = {},
  plan: Partial<VirtualSessionPlan> = {},
  browser = new FakeBrowser(),
): Promise<RelayStage> {
  const virtual = virtualSession({
    service: animates,
    takesFrames: false,
    ...plan,
    options: { heartbeat: false, ...plan.options },
  });
  const { session, clock } = virtual;
  const relay = createRelay({ session, socket: browser, dialect: 'binary', clock, ...options });
  const events: { name: string; payload: unknown }[] = [];
  for (const name of EVENTS) relay.on(name, (payload: unknown) => events.push({ name, payload }));
  await clock.settle();
  const attach = (received?: number, reads = true): FakeBrowser => {
    const next = new FakeBrowser(reads);
    relay.attach(next, received === undefined ? undefined : { received });
    return next;
  };
  return { ...virtual, relay, browser, events, attach };
}

/** Closes the relay, and lets every time limit pass. */
export async function closeRelay({ relay, clock }: RelayStage): Promise<void> {
  const closed = relay.close();
  await clock.advance(3_000);
  await closed;
}

/**
 * The messages that a page of the binary dialect has got for one request, or for all: `audio 32000`, `frame
 * 0-25`, `end`, `interrupt`, …
 */
export interface Heard {
  readonly lines: string[];
  readonly audio: Uint8Array;
  readonly keyframes: number;
  readonly reqIds: string[];
  /** The number of messages after `ready`, which the page counts. */
  readonly received: number;
}

/** The messages of one connection, or of several in order. */
export function receivedBy(...browsers: readonly FakeBrowser[]): Heard {
  const lines: string[] = [];
  const audio: Uint8Array[] = [];
  const reqIds = new Set<string>();
  let keyframes = 0;
  let received = 0;
  for (const message of browsers.flatMap(({ got }) => got)) {
    if (typeof message === 'string') {
      const { type, code } = JSON.parse(message) as { readonly type: string; readonly code?: string };
      lines.push(code === undefined ? type : `${type} ${code}`);
      if (type !== 'ready') received += 1;
      continue;
    }
    received += 1;
    const binary = decodeBinaryMessage(message);
    if (binary === undefined) throw new Error('a binary message that the page can not read');
    reqIds.add(binary.reqId);
    if (binary.type === 'audio') {
      audio.push(binary.payload);
      lines.push(binary.end ? 'end' : `audio ${binary.payload.length}`);
      continue;
    }
    const envelope = decodeServerMessage(binary.payload);
    if (envelope.type !== MessageType.serverResponseAnimation) throw new Error('no animation');
    if (envelope.reqId !== binary.reqId) throw new Error('a frame of another request');
    lines.push(`frame ${keyframes}-${keyframes + envelope.keyframeCount}`);
    keyframes += envelope.keyframeCount;
  }
  return { lines, audio: Buffer.concat(audio), keyframes, reqIds: [...reqIds], received };
}
