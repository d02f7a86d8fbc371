/**
 * A console on the loopback interface. The test defines its answer to a token request, and it records the
 * requests.
 */
import { getEventListeners, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, expect } from 'vitest';
import {
  createHttpTokenSource,
  type HttpTokenSourceOptions,
} from '../../src/adapters/token/http-token-source.js';
import type { SessionToken } from '../../src/ports/token-source.js';
import { waitFor } from '../support/wait-for.js';

interface SeenRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (response: ServerResponse) => void;

export interface TokenConsole {
  answer: Answer;
  abort: AbortController;
  seen: SeenRequest[];
  baseUrl: string;
  ask(changes?: Partial<HttpTokenSourceOptions>): Promise<SessionToken>;
  /** The error with which `ask` rejects. */
  failure(changes?: Partial<HttpTokenSourceOptions>): Promise<unknown>;
  /** Checks that no socket and no listener is left, as after every request. */
  expectNothingLeft(): Promise<void>;
}

export const apiKey = 's3cret-key';
export const clock = { epochMs: (): number => 1_700_000_000_999 };

/** Creates a new console for every test of the calling file. */
export function useTokenConsole(): TokenConsole {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { method, url, headers } = request;
      context.seen.push({ method, url, headers, body });
      context.answer(response);
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const context: TokenConsole = {
    answer: (response) => response.end(),
    abort: new AbortController(),
    seen: [],
    baseUrl: '',
    ask: (changes = {}) =>
      createHttpTokenSource({ consoleEndpointUrl: context.baseUrl, apiKey, clock, ...changes }).fetchToken({
        reason: 'start',
        signal: context.abort.signal,
      }),
    failure: (changes) => context.ask(changes).catch((error: unknown) => error),
    expectNothingLeft: async () => {
      await waitFor(() => expect(sockets.size).toBe(0));
      expect(getEventListeners(context.abort.signal, 'abort')).toEqual([]);
    },
  };
  beforeEach(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    context.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/console`;
    context.abort = new AbortController();
    context.seen = [];
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return context;
}

export function answerWith(status: number, body: string, headers: Record<string, string> = {}): Answer {
  return (response) => response.writeHead(status, headers).end(body);
}
