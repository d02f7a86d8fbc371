/**
 * The transport on Node, because it sends upgrade headers and keeps the HTTP answer of a refused upgrade: `ws`. That package, and Node's
 * modules that it imports, take as long to load as all of the session: they are loaded with the first dial.
 */
import type { Agent } from 'node:http';
import { checkingOptions, requireOptions } from '../../core/option/option-check.js';
import type { EndSignal } from '../../ports/end-signal.js';
import type { DialRequest, Transport, TransportConnection, TransportSink } from '../../ports/transport.js';
import { requireAgent } from '../node/dial-address.js';
import { LazyModule } from '../node/lazy-module.js';
import { ownTransport } from '../own-transports.js';

const DIAL = new LazyModule('the package ws', () => import('./ws-dial.js'));

/** Options of `createWsTransport`. */
export interface WsTransportOptions {
  /**
   * Makes the sockets: through a proxy, or with a certificate authority of your own. A `http.Agent` for ws: URLs, a
   * `https.Agent` for wss:, or one that does both. It must not reuse sockets. What it hands over in place of a socket fails the
   * dial, and so does a `checkServerIdentity` that throws: both functions of the agent are replaced by ones that check that.
   *
   * @default a socket of its own for each dial
   */
  readonly agent?: Agent | undefined;
}

/**
 * A transport on the `ws` package, for ws: and wss: URLs. No compression, no redirects; no proxy and no shared agent unless
 * an `agent` is given: every dial is one socket of its own. Malformed UTF-8 in a text frame or a close reason is a
 * violation. A peer that closes first has one second to end the connection before it is cut.
 *
 * @throws TypeError for an unknown option, or an `agent` that is none
 *
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs';
 * import { Agent } from 'node:https';
 *
 * const agent = new Agent({ ca: readFileSync('authority.pem') });
 * const session = newAvatarSession({ ...options, transport: createWsTransport({ agent }) });
 * ```
 */
export function createWsTransport(options: WsTransportOptions = {}): Transport {
  const agent = checkingOptions(() => requireAgent('agent', requireOptions('', options, ['agent'])['agent']));
  const dial = (request: DialRequest<EndSignal>, sink: TransportSink): Promise<TransportConnection> =>
    DIAL.use(({ dialWs }) => dialWs(request, sink, agent));
  // `ws` masks what it sends, and writes that somewhere else.
  const traits = { copiesSentBytes: true, dialLazily: dial, load: () => DIAL.load() };
  return ownTransport({ name: 'ws', sendsHeaders: true, dial }, traits);
}
