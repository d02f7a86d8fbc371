/**
 * A replacement of the package `ws`, like the one in Bun, that reads the TCP connection without its
 * listeners.
 */
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { WebSocket } from 'ws';
import { describe, expect, it } from 'vitest';
import { WsAcceptedSocket } from '../../src/emulator/socket/ws-accepted-socket.js';

const MESSAGE = Buffer.of(1, 2, 3);
const PING = Buffer.of(9);

class NativeWebSocket extends EventEmitter {
  readonly OPEN = 1;
  readonly readyState = 1;
  readonly done: string[] = [];
  pong(): void {
    this.done.push('pong');
  }
  pause(): void {
    this.done.push('pause');
  }
  resume(): void {
    this.done.push('resume');
  }
}

function accept(): { readonly ws: NativeWebSocket; readonly socket: WsAcceptedSocket } {
  const ws = new NativeWebSocket();
  const socket = new WsAcceptedSocket(ws as unknown as WebSocket, new PassThrough(), {
    message: () => ws.done.push('message'),
    disconnected: () => undefined,
    closed: () => undefined,
  });
  return { ws, socket };
}

function arrive(ws: NativeWebSocket): void {
  ws.emit('ping', PING);
  ws.emit('message', MESSAGE, true);
}

describe('an accepted socket that is read by other code', () => {
  it('answers pings and passes messages on in normal operation', () => {
    const { ws } = accept();
    arrive(ws);
    expect(ws.done).toEqual(['pong', 'message']);
  });

  it('handles nothing during a silence that discards', () => {
    const { ws, socket } = accept();
    socket.stopHandling('discarded');
    arrive(ws);
    expect(ws.done).toEqual([]);
  });

  it('handles the messages of a silence after its end, in order', () => {
    const { ws, socket } = accept();
    socket.stopHandling('kept');
    arrive(ws);
    expect(ws.done).toEqual([]);
    socket.handleAgain();
    expect(ws.done).toEqual(['pong', 'message', 'resume']);
    arrive(ws);
    expect(ws.done.slice(3)).toEqual(['pong', 'message']);
  });

  it('is paused if the peer should get backpressure', () => {
    const { ws, socket } = accept();
    socket.stopHandling('unread');
    arrive(ws);
    expect(ws.done).toEqual(['pause']);
  });
});
