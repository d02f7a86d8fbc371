/**
 * One dial over the simulated network: from the upgrade request to a socket, or to one of its many failures.
 */
import type { UpgradeCall } from '../../../src/emulator/http/upgrade-endpoint.js';
import { UpgradeMalformed, UpgradeRefused } from '../../../src/index.js';
import type { DialRequest, TransportConnection, TransportSink } from '../../../src/index.js';
import { decodeClientMessage } from '../../../src/wire/decode.js';
import { MessageType } from '../../../src/ports/message.js';
import { ClientSocket } from './client-socket.js';
import { hintIn } from './hint.js';
import type { Network } from './network.js';
import { RequestEnd, systemError } from './request-end.js';
import { ServiceEnd } from './service-end.js';
import type { ConnectionFate } from './weather.js';
import { WireLink } from './wire-link.js';

export interface DialOptions {
  readonly network: Network;
  readonly session: number;
  readonly socket: number;
  readonly fates: readonly ConnectionFate[];
  readonly request: DialRequest;
  readonly sink: TransportSink;
}

function tokenIn({ url, headers }: DialRequest): string {
  return headers['X-Session-Key'] ?? new URL(url).searchParams.get('sessionKey') ?? '';
}

export class Dial {
  readonly #options: DialOptions;
  readonly #end: RequestEnd<TransportConnection>;
  readonly #link: WireLink;

  constructor(options: DialOptions) {
    this.#options = options;
    const { network, session, socket, fates, request } = options;
    const { time, seed, climate, chronicle } = network.options;
    network.openRequests += 1;
    chronicle.add({ kind: 'dialled', session, socket, token: tokenIn(request) });
    this.#end = new RequestEnd(request.signal, () => {
      network.openRequests -= 1;
      if (request.signal.aborted) chronicle.add({ kind: 'dialFailed', session, socket, why: 'given up' });
    });
    const disturbed = (what: string, untilMs?: number): void =>
      chronicle.add({ kind: 'disturbed', what, socket, ...(untilMs === undefined ? {} : { untilMs }) });
    const pinged = (nth: number, read: boolean): void =>
      chronicle.add({ kind: 'servicePing', session, socket, nth, read });
    this.#link = new WireLink({ time, seed, socket, climate, fates, disturbed, pinged });
    const unreachable = fates.find(({ kind }) => kind === 'unreachable');
    if (network.isDown) this.#failLater('ECONNREFUSED');
    else if (unreachable?.kind !== 'unreachable') {
      time.plan('outside', network.travelMs(), () => this.#arrive());
    } else if (unreachable.error !== 'blackhole') this.#failLater(unreachable.error);
  }

  get opened(): Promise<TransportConnection> {
    return this.#end.promise;
  }

  #arrive(): void {
    const { network, request, session, socket, fates } = this.#options;
    const { service, chronicle } = network.options;
    // The client has given up. Its system has ended the connection before the request was read.
    if (this.#end.isOver) return;
    const { frozenForMs } = this.#options.network;
    if (frozenForMs > 0) {
      this.#options.network.options.time.plan('outside', frozenForMs, () => this.#arrive());
      return;
    }
    const { pathname, search } = new URL(request.url);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const slow = fates.find(({ kind }) => kind === 'answerSlow');
    const extraMs = slow?.kind === 'answerSlow' ? slow.byMs : 0;
    const answerIsLost = fates.some(({ kind }) => kind === 'answerLost');
    const answer = (arrives: () => void): void => {
      const inMs = network.travelMs() + extraMs;
      network.options.time.plan('input', inMs, () => {
        if (this.#end.isOver) return;
        if (answerIsLost) this.#fail(systemError('ECONNRESET'));
        else arrives();
      });
    };
    const page = network.answerOf(session);
    if (page !== undefined) {
      answer(() => this.#refused(page.status, page.headers, page.body));
      return;
    }
    chronicle.add({ kind: 'arrived', session, socket, connection: network.nextConnection() });
    const call: UpgradeCall = {
      url: `${pathname}${search}`,
      headers,
      accept: (opened) => {
        opened((sink) => new ServiceEnd(network.options.time, this.#link, sink));
        // An answer arrives after the dial was aborted. The client's system resets the connection.
        const inMs = network.travelMs() + extraMs;
        network.options.time.plan('input', inMs, () => {
          if (answerIsLost) this.#fail(systemError('ECONNRESET'));
          if (this.#end.isOver)
            this.#link.up.send([{ bytes: 0, arrive: () => this.#link.service?.ended('reset') }]);
          else this.#open();
        });
      },
      refuse: (status, given, body) => {
        answer(() => this.#refused(status, given, this.#echoed(body)));
      },
      hang: () => undefined,
      reset: () => answer(() => this.#fail(systemError('ECONNRESET'))),
    };
    service.upgrade(call);
  }

  #open(): void {
    const { network, session, socket, request, sink } = this.#options;
    const { chronicle } = network.options;
    const client = new ClientSocket({
      time: network.options.time,
      link: this.#link,
      sink,
      maxMessageBytes: request.maxMessageBytes,
      left: (how, signs) => chronicle.add({ kind: 'socketLeft', session, socket, how, ...signs }),
      gone: (code, signs) => {
        network.openSockets -= 1;
        network.links.delete(this.#link);
        chronicle.add({ kind: 'socketGone', session, socket, code, ...signs });
      },
      sent: network.options.notesEnds ? (bytes) => this.#noteEnd(bytes) : undefined,
      received: (data) => chronicle.add({ kind: 'received', session, socket, data }),
    });
    network.openSockets += 1;
    network.links.add(this.#link);
    chronicle.add({ kind: 'socketOpened', session, socket });
    this.#link.begin();
    this.#end.succeed(client);
  }

  #noteEnd(bytes: Uint8Array): void {
    const { network, session } = this.#options;
    const message = decodeClientMessage(bytes);
    if (message.type !== MessageType.clientAudioInput || !message.end) return;
    network.options.chronicle.add({ kind: 'endSent', session, reqId: message.reqId });
  }

  #refused(status: number, headers: Readonly<Record<string, string>>, body: string): void {
    if (status === 101) {
      this.#fail(new UpgradeMalformed('the answer has status 101 and no Upgrade header'));
      return;
    }
    const lowered = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const { network, session } = this.#options;
    const hintMs = hintIn(lowered);
    if (hintMs !== undefined) network.options.chronicle.add({ kind: 'hinted', session, hintMs });
    this.#fail(new UpgradeRefused(status, lowered, body), `HTTP ${status}`);
  }

  #echoed(body: string): string {
    const { network, request } = this.#options;
    if (!network.options.echoesSecrets) return body;
    const given = `${JSON.stringify(request.headers)} ${request.url}`;
    // A service that echoes credentials does so within its own JSON format. A body in another format would
    // not be an answer of the service.
    if (!body.startsWith('{')) return `${body} (given: ${given})`;
    return JSON.stringify({ ...(JSON.parse(body) as object), given });
  }

  #failLater(code: string): void {
    const { network } = this.#options;
    network.options.time.plan('input', network.travelMs() * 2, () => this.#fail(systemError(code)));
  }

  #fail(error: Error, why = error.message): void {
    if (this.#end.isOver) return;
    const { network, session, socket } = this.#options;
    network.options.chronicle.add({ kind: 'dialFailed', session, socket, why });
    this.#end.fail(error);
  }
}
