/**
 * The TCP socket of a request or an upgrade, without TLS. Where Node has to add options of its own to a copy of those that it was
 * given, each copy gets a hidden class of its own: all of them are given here. That saves a tenth of what opening a session costs.
 */
import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { NO_SOCKET_OPTIONS, NO_TLS_OPTIONS } from './no-inherited-options.js';

/** What is used of the options of Node's HTTP client. */
export interface SocketAddress {
  readonly host?: string | null | undefined;
  readonly port?: number | string | null | undefined;
}

/** Begins to connect. Everything about a socket that is not said here is as Node has it by default, and so is what is said. */
export function openSocket({ host, port }: SocketAddress): Socket {
  const options = {
    ...NO_SOCKET_OPTIONS,
    host: host ?? 'localhost',
    port: Number(port),
    allowHalfOpen: false,
    emitClose: false,
    autoDestroy: true,
    decodeStrings: false,
  };
  return connect(options);
}

/**
 * The same with TLS, as Node's own agent would make it. That agent writes all options of a request, headers included, to standard
 * error where NODE_DEBUG=http is set.
 */
export function openTlsSocket({ host, port }: SocketAddress): TLSSocket {
  const name = host ?? 'localhost';
  const servername = isIP(name) === 0 ? name : '';
  return connectTls({
    ...NO_TLS_OPTIONS,
    host: name,
    port: Number(port),
    servername,
    ALPNProtocols: ['http/1.1'],
  });
}
