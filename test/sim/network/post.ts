/** One token request over the simulated network, and its possible results. */
import type { HttpAnswer, HttpPostRequest } from '../../../src/ports/http-post.js';
import { hintIn } from './hint.js';
import type { Network } from './network.js';
import { RequestEnd, systemError } from './request-end.js';
import type { ConnectionFate } from './weather.js';

export interface PostOptions {
  readonly network: Network;
  readonly session: number;
  readonly byProvider: boolean;
  readonly fates: readonly ConnectionFate[];
  readonly request: HttpPostRequest;
}

export class Post {
  readonly #options: PostOptions;
  readonly #end: RequestEnd<HttpAnswer>;

  constructor(options: PostOptions) {
    this.#options = options;
    const { network, session, fates, request } = options;
    const { time, chronicle } = network.options;
    network.openRequests += 1;
    chronicle.add({ kind: 'tokenAsked', session });
    this.#end = new RequestEnd(request.signal, () => (network.openRequests -= 1));
    const unreachable = fates.find(({ kind }) => kind === 'unreachable');
    if (network.isDown) this.#failLater('ECONNREFUSED');
    else if (unreachable?.kind !== 'unreachable') {
      time.plan('outside', network.travelMs(), () => this.#arrive());
    } else if (unreachable.error !== 'blackhole') this.#failLater(unreachable.error);
  }

  get answered(): Promise<HttpAnswer> {
    return this.#end.promise;
  }

  #arrive(): void {
    const { network, session, request } = this.#options;
    if (this.#end.isOver) return;
    const { frozenForMs } = this.#options.network;
    if (frozenForMs > 0) {
      this.#options.network.options.time.plan('outside', frozenForMs, () => this.#arrive());
      return;
    }
    const page = network.answerOf(session);
    if (page !== undefined) {
      this.#later(() => this.#answered(page.status, page.headers, page.body));
      return;
    }
    network.options.service.token({
      method: 'POST',
      apiKey: request.headers['X-Api-Key'],
      body: request.body,
      answer: (status, headers, body) => this.#later(() => this.#answered(status, headers, body)),
      reset: () => this.#later(() => this.#end.fail(systemError('ECONNRESET'))),
    });
  }

  #answered(status: number, given: Readonly<Record<string, string>>, body: string): void {
    if (this.#end.isOver) return;
    const { network, session, byProvider, request } = this.#options;
    const { chronicle, echoesSecrets } = network.options;
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const hintMs = hintIn(headers);
    const refused = status < 200 || status >= 300;
    if (hintMs !== undefined && refused && !byProvider) chronicle.add({ kind: 'hinted', session, hintMs });
    const echo = echoesSecrets && refused ? ` (given: ${JSON.stringify(request.headers)})` : '';
    this.#end.succeed({ status, headers, body: `${body}${echo}` });
  }

  /** Sends the answer back, unless it is lost in transit. */
  #later(arrives: () => void): void {
    const { network, fates } = this.#options;
    const lost = fates.some(({ kind }) => kind === 'answerLost');
    const slow = fates.find(({ kind }) => kind === 'answerSlow');
    const inMs = network.travelMs() + (slow?.kind === 'answerSlow' ? slow.byMs : 0);
    network.options.time.plan('input', inMs, () => {
      if (lost) this.#end.fail(systemError('ECONNRESET'));
      else arrives();
    });
  }

  #failLater(code: string): void {
    const { network } = this.#options;
    network.options.time.plan('input', network.travelMs() * 2, () => this.#end.fail(systemError(code)));
  }
}
