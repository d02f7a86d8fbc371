/** The browser's side of a relay, with a scripted WebSocket: messages that it can't read have no effect. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { encodeBinaryMessage } from '../../../src/relay/browser/binary-format.js';
import { connectRelay } from '../../../src/relay/browser/index.js';

afterEach(() => {
  vi.useRealTimers();
});

class ScriptedSocket {
  static latest: ScriptedSocket;
  readonly url: string;
  readyState = 1;
  binaryType = '';
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor(url: string) {
    this.url = url;
    ScriptedSocket.latest = this;
  }
  send(): void {
    // Sends no answer.
  }
  close(): void {
    this.readyState = 3;
  }
  brings(data: unknown): void {
    this.onmessage?.({ data });
  }
}

const READY = JSON.stringify({ type: 'ready', id: 'relay', next: 7, resumed: false, audio: {} });
const WHOLE = encodeBinaryMessage({ type: 'audio', reqId: 'r', end: false, payload: new Uint8Array(64) });

describe('a page that gets an unreadable message', () => {
  it.each<readonly [string, unknown]>([
    ['half a text', READY.slice(0, 20)],
    ['a text that is not an object', 'null'],
    ['a type of a later version', '{"type":"later"}'],
    ['half a binary message', WHOLE.slice(0, 3).buffer],
    ['an empty one', new ArrayBuffer(0)],
    ['one of a later version', new Uint8Array([9, 0, 0, 1]).buffer],
  ])('(%s) ignores it, counts it, and continues', (_what, unreadable) => {
    const heard: string[] = [];
    const relay = connectRelay({
      url: 'ws://relay.test/',
      WebSocket: ScriptedSocket,
      onAudio: ({ reqId }) => heard.push(`audio of ${reqId}`),
      onInterrupt: ({ reqId }) => heard.push(`interrupt of ${reqId}`),
    });
    const { latest } = ScriptedSocket;
    latest.brings(READY);
    latest.brings(unreadable);
    latest.brings(WHOLE.slice().buffer);
    expect(heard).toEqual(['audio of r']);
    latest.brings(JSON.stringify({ type: 'interrupt', reqId: 'r' }));
    expect(heard).toEqual(['audio of r', 'interrupt of r']);
    // It reconnects with a count that includes these three messages.
    vi.useFakeTimers();
    latest.onclose?.({ code: 1006 });
    vi.advanceTimersByTime(60_000);
    expect(new URL(ScriptedSocket.latest.url).searchParams.get('received')).toBe('10');
    relay.close();
  });
});
