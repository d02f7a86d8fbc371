/**
 * The server of the inspector's page: its three files, the stream of messages, and the request that selects the watched session. It
 * answers only requests that have the token and name this host: a page of another site can neither read it nor reach it by a name that
 * resolves to this machine. Must not know the meaning of the messages.
 */
import { timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { WatchRequest } from './protocol.js';
import type { PageSink } from './page-streams.js';

/** The methods that the server calls. */
export interface PageHost {
  /** A page was opened; returns a function that removes it. */
  add(sink: PageSink): () => void;
  /** Returns false if there is no such page, or no such session. */
  watch(stream: string, session: string | null): boolean;
}

const FILES: Readonly<Record<string, readonly [name: string, type: string]>> = {
  '': ['index.html', 'text/html; charset=utf-8'],
  'page.js': ['page.js', 'text/javascript; charset=utf-8'],
  'page.css': ['page.css', 'text/css; charset=utf-8'],
};
/** Forbids loading from, and sending to, any other host. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const;
const MAX_BODY_BYTES = 4_096;
/** After this time a page reconnects if it was asked to, milliseconds. */
const RETRY_MS = 1_000;

export class InspectorServer {
  readonly #host: PageHost;
  readonly #token: string;
  /** The configured host, in the form that URLs have. */
  readonly #hostname: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(host: PageHost, token: string, hostname: string) {
    this.#host = host;
    this.#token = token;
    this.#hostname = isIP(hostname) === 6 ? `[${hostname}]` : hostname.toLowerCase();
    this.#server = createServer((request, response) => void this.#answer(request, response));
    // The inspector must not keep the process running.
    this.#server.unref();
    this.#server.on('connection', (socket) => {
      socket.unref();
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Resolves with the address of the page. */
  async listen(port: number, hostname: string): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, hostname, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    const { port: bound } = this.#server.address() as AddressInfo;
    const reached = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' }[this.#hostname] ?? this.#hostname;
    return `http://${reached}:${bound}/${this.#token}/`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    if (!this.#isAllowed(request)) {
      refuse(response, 403, 'This host or origin is not allowed.\n');
      return;
    }
    const [, token = '', rest] = /^\/([^/?]*)(?:\/([^?]*))?/.exec(url) ?? [];
    if (!this.#knowsToken(token)) {
      refuse(response, 403, 'The token is wrong: open the address that the inspector has printed.\n');
      return;
    }
    if (rest === undefined) {
      response.writeHead(308, { ...HEADERS, Location: `/${token}/` }).end();
      return;
    }
    try {
      if (method === 'POST' && rest === 'watch') await this.#watch(request, response);
      else if (method !== 'GET') refuse(response, 405, 'Method not allowed.\n');
      else if (rest === 'events') this.#stream(request, response);
      else if (Object.hasOwn(FILES, rest)) await sendFile(rest, response);
      else refuse(response, 404, 'There is no such file.\n');
    } catch {
      // Mostly a page that disconnected during its request.
      if (!response.headersSent) refuse(response, 400, 'The request can’t be used.\n');
      else response.destroy();
    }
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, 'Content-Type': 'text/event-stream' });
    response.write(`retry: ${RETRY_MS}\n\n`);
    request.socket.setNoDelay(true);
    const leave = this.#host.add({
      get isBusy() {
        return response.writableNeedDrain;
      },
      write: (text) => void response.write(text),
    });
    response.once('close', leave);
  }

  async #watch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) {
        refuse(response, 413, 'The body is too long.\n');
        return;
      }
      chunks.push(chunk);
    }
    const { stream, session } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Partial<WatchRequest>;
    const isUsable = typeof stream === 'string' && (session === null || typeof session === 'string');
    const isKnown = isUsable && this.#host.watch(stream, session);
    response.writeHead(isKnown ? 204 : 404, HEADERS).end();
  }

  /** Accepts the configured name, and names that can't be made to resolve to this machine by another host. */
  #isAllowed({ headers, rawHeaders }: IncomingMessage): boolean {
    const { host, origin } = headers;
    const hosts = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host');
    if (host === undefined || hosts.length !== 1 || !/^[\w.:[\]-]+$/.test(host)) return false;
    if (origin !== undefined && origin !== `http://${host}`) return false;
    if (!URL.canParse(`http://${host}`)) return false;
    const { hostname } = new URL(`http://${host}`);
    return (
      hostname === 'localhost' ||
      hostname === this.#hostname ||
      isIP(hostname.replaceAll(/^\[|\]$/g, '')) !== 0
    );
  }

  #knowsToken(given: string): boolean {
    const expected = Buffer.from(this.#token);
    const bytes = Buffer.from(given);
    return bytes.length === expected.length && timingSafeEqual(bytes, expected);
  }
}

async function sendFile(path: string, response: ServerResponse): Promise<void> {
  const [name, type] = FILES[path] ?? ['', ''];
  let text: Buffer;
  try {
    text = await readFile(new URL(`../inspector/page/${name}`, import.meta.url));
  } catch {
    refuse(response, 404, 'The page is missing in this installation of avatarkit-session.\n');
    return;
  }
  response.writeHead(200, { ...HEADERS, 'Content-Type': type }).end(text);
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8' }).end(text);
}
