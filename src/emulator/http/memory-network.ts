/**
 * Replaces the sockets of a session: an HTTP client and a transport that call the service's logic in the same process, on the clock of
 * the caller. Decides nothing about the requests.
 */
import type { Clock } from '../../ports/clock.js';
import type { HttpAnswer, HttpPostRequest } from '../../ports/http-post.js';
import {
  UpgradeMalformed,
  UpgradeRefused,
  type DialRequest,
  type Transport,
  type TransportConnection,
  type TransportSink,
} from '../../ports/transport.js';
import { MemoryClient, systemError, type Later } from '../socket/memory-line.js';
import type { EmulatedService } from './loopback-server.js';
import { BOOTSTRAP_PATH, TOKEN_PATHS, bootstrapBody } from './serve-http.js';
import { refusalBody } from './token-endpoint.js';

export interface MemoryNetworkOptions {
  readonly service: EmulatedService;
  readonly clock: Clock;
  /** The latency in each direction, milliseconds; 0 needs no time and no timer. */
  readonly latencyMs: number;
  /** The largest message that the service accepts. */
  readonly maxMessageBytes: number;
}

/** Counts the networks, so that emulators with the same clock have different endpoints: sessions share the state of an endpoint. */
let networks = 0;

export class MemoryNetwork {
  /** A loopback name; it is never resolved. */
  readonly authority: string;
  readonly transport: Transport = {
    name: 'memory',
    sendsHeaders: true,
    dial: (request, sink) => this.#dial(request, sink),
  };
  readonly #options: MemoryNetworkOptions;
  readonly #later: Later;
  #isDown = false;

  constructor(options: MemoryNetworkOptions) {
    this.#options = options;
    networks += 1;
    this.authority = `emulator-${networks}.localhost`;
    const { clock, latencyMs } = options;
    this.#later = (run) => {
      if (latencyMs > 0) clock.schedule(latencyMs, run);
      else void Promise.resolve().then(run);
    };
  }

  /** Opens nothing: requests are calls. */
  listen(): Promise<void> {
    return Promise.resolve();
  }

  /** From now on requests are refused. */
  stop(): Promise<void> {
    this.#isDown = true;
    return Promise.resolve();
  }

  readonly httpPost = ({ url, headers, body, signal }: HttpPostRequest): Promise<HttpAnswer> =>
    this.#ask(url, signal, (answer, fail) => {
      if (url.pathname === BOOTSTRAP_PATH) {
        answer({ status: 200, headers: {}, body: bootstrapBody() });
        return;
      }
      if (!TOKEN_PATHS.includes(url.pathname)) {
        answer({ status: 404, headers: {}, body: refusalBody({ message: 'not found' }) });
        return;
      }
      this.#options.service.token({
        method: 'POST',
        apiKey: lowerCased(headers)['x-api-key'],
        body,
        answer: (status, given, text) => answer({ status, headers: lowerCased(given), body: text }),
        reset: () => fail(systemError('ECONNRESET')),
      });
    });

  async #dial(request: DialRequest, sink: TransportSink): Promise<TransportConnection> {
    const { headers, maxMessageBytes, signal } = request;
    const { service, maxMessageBytes: serviceTakesBytes } = this.#options;
    const url = webSocketUrl(request.url);
    const client = new MemoryClient({ later: this.#later, sink, maxMessageBytes });
    const arrive = (answer: (value: MemoryClient) => void, fail: (error: Error) => void): void =>
      service.upgrade({
        url: `${url.pathname}${url.search}`,
        headers: lowerCased(headers),
        accept: (opened) => {
          opened((serviceSink) => client.accept(serviceSink, serviceTakesBytes));
          answer(client);
        },
        refuse: (status, given, body) =>
          fail(
            status === 101
              ? new UpgradeMalformed('the answer has status 101 and no Upgrade header')
              : new UpgradeRefused(status, lowerCased(given), body),
          ),
        hang: () => undefined,
        reset: () => fail(systemError('ECONNRESET')),
      });
    return this.#ask(url, signal, arrive, () => client.abandon());
  }

  /** Sends a request to the service and returns its answer; `unwanted` is called for an answer after an abort. */
  #ask<Answer>(
    url: URL,
    signal: AbortSignal,
    arrive: (answer: (value: Answer) => void, fail: (error: Error) => void) => void,
    unwanted: () => void = () => undefined,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      let isOver = false;
      const end = (): boolean => {
        if (isOver) return false;
        signal.removeEventListener('abort', onAbort);
        return (isOver = true);
      };
      const onAbort = (): void => {
        if (end()) reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const fail = (error: Error): void =>
        this.#later(() => {
          if (end()) reject(error);
        });
      const answer = (value: Answer): void =>
        this.#later(() => {
          if (end()) resolve(value);
          else unwanted();
        });
      this.#later(() => {
        if (isOver) return;
        if (this.#isDown || url.host !== this.authority) fail(systemError('ECONNREFUSED'));
        else arrive(answer, fail);
      });
    });
  }
}

/** The error does not contain the address, which may have credentials. */
function webSocketUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^wss?:$/.test(url.protocol)) return url;
  throw Object.assign(new TypeError('the ingress URL must be a ws: or wss: URL'), {
    code: 'ERR_INVALID_URL',
  });
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
