/**
 * Shared by token requests and upgrades over Node's HTTP client: sockets, agents, headers, addresses, and the errors of sockets. If Node
 * has to add options to a copy of the given ones, each copy gets a hidden class of its own: so all options are given here, which saves a
 * tenth of the cost of opening a session. Independent of tokens and WebSockets.
 */
import { connect, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { types } from 'node:util';
import { bareObject } from '../../core/option/plain-object.js';
import { NO_SOCKET_OPTIONS, NO_TLS_OPTIONS, withoutInherited } from './no-inherited-options.js';
import type { IncomingMessage, Agent } from 'node:http';

/** The options of Node's HTTP client that are used here. */
export interface SocketAddress {
  readonly host?: string | null | undefined;
  readonly port?: number | string | null | undefined;
}

/** Begins to connect. All options that are set here have the values that Node would fill in. */
export function openSocket({ host, port }: SocketAddress): Socket {
  const options = {
    host: host ?? 'localhost',
    port: Number(port),
    allowHalfOpen: false,
    emitClose: false,
    autoDestroy: true,
    decodeStrings: false,
  };
  return connect(withoutInherited(options, NO_SOCKET_OPTIONS));
}

/**
 * Does the same as `openSocket` with TLS, like Node's own agent. With NODE_DEBUG=http that agent would write all options of a request,
 * headers included, to standard error.
 */
export function openTlsSocket({ host, port }: SocketAddress): TLSSocket {
  const name = host ?? 'localhost';
  const servername = isIP(name) === 0 ? name : '';
  const options = { host: name, port: Number(port), servername, ALPNProtocols: ['http/1.1'] };
  return connectTls(withoutInherited(options, NO_TLS_OPTIONS));
}

/** Lower-cased names; the values of a repeated header are joined with a comma. */
export function flattenHeaders(response: IncomingMessage): Readonly<Record<string, string>> {
  // Inherits nothing: a header that did not come must not be found.
  const flat = bareObject() as Record<string, string>;
  const { headers } = response;
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

/**
 * A host with several addresses fails as one AggregateError with an empty message. The error here has one code and one message: those of
 * the first address. The socket of an agent may emit anything, or nothing, as its error.
 */
export function singleError(error: unknown): Error {
  if (types.isProxy(error) || !(error instanceof Error || types.isNativeError(error)))
    return new TypeError('the socket failed, and gave no Error');
  if (!(error instanceof AggregateError)) return error;
  const errors: readonly unknown[] = error.errors;
  return errors[0] instanceof Error ? errors[0] : error;
}

/** First bytes of an alert record: content type 21, version 3.x. */
const ALERT = 21;
const VERSION = 3;

/** The error of Node's parser with a message that says so; any other error is returned unchanged. */
export function namingTlsAlert(error: Error): Error {
  const packet: unknown = 'rawPacket' in error ? error.rawPacket : undefined;
  if (!(packet instanceof Uint8Array) || packet[0] !== ALERT || packet[1] !== VERSION) return error;
  const named = new Error('the peer answered with a TLS alert, not with HTTP');
  return 'code' in error ? Object.assign(named, { code: error.code }) : named;
}

/** The members that Node needs of a socket made by an agent: any duplex stream has them. */
const SOCKET_FUNCTIONS = [
  'on',
  'once',
  'removeListener',
  'emit',
  'read',
  'write',
  'end',
  'destroy',
  'resume',
  'pause',
];

function socketError(value: unknown): TypeError | undefined {
  const has = (name: string): boolean =>
    typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function';
  try {
    if (SOCKET_FUNCTIONS.every(has)) return undefined;
  } catch {
    // A getter, or a Proxy, that throws: no socket.
  }
  return new TypeError(`the agent handed over no socket, but ${value === null ? 'null' : typeof value}`);
}

type Made = (error: Error | null, socket?: unknown) => void;
type CreateConnection = (this: unknown, options: unknown, made?: Made) => unknown;

/** OpenSSL's code for a certificate that was refused by a rule of this end. */
const REFUSED_CERTIFICATE = 'CERT_REJECTED';

type CheckIdentity = (this: unknown, host: string, certificate: PeerCertificate) => unknown;

/**
 * The `checkServerIdentity` of an agent, guarded: an exception, or an answer that is no Error, refuses the certificate; otherwise Node
 * would end the process. Each refusal has a code, so that it is classified as one of the certificate.
 */
function guardedCheck(check: CheckIdentity): CheckIdentity {
  return function (host, certificate) {
    try {
      const refusal = check.call(this, host, certificate);
      return refusal === undefined || refusal === null ? undefined : certificateError(refusal);
    } catch (error) {
      return certificateError(error);
    }
  };
}

function certificateError(cause: unknown): Error {
  let words = 'checkServerIdentity must return undefined or an Error';
  let code = REFUSED_CERTIFICATE;
  try {
    if (types.isNativeError(cause)) {
      words = cause.message;
      if ('code' in cause && typeof cause.code === 'string') ({ code } = cause as { code: string });
    }
  } catch {
    // A getter throws: the error keeps the text above.
  }
  return Object.assign(new Error(words, { cause }), { code });
}

function guardCheck(agent: Agent): void {
  const { options } = agent as { readonly options?: { checkServerIdentity?: CheckIdentity } };
  const check = options?.checkServerIdentity;
  // The agent's own copy of the options with which it was made.
  if (typeof check === 'function') Reflect.set(options ?? {}, 'checkServerIdentity', guardedCheck(check));
}

const guardedAgents = new WeakMap<Agent, Agent>();

/**
 * Prepares the agent for one request: a value that it gives in place of a socket fails the request. Otherwise Node would throw a
 * TypeError that nothing can catch. The agent's `createConnection`, which Node calls later, is replaced by one that checks, and so is the
 * option `checkServerIdentity`; the rest of the agent stays as it is.
 */
export function guardedAgent(agent: Agent): Agent {
  const known = guardedAgents.get(agent);
  if (known !== undefined) return known;
  const given = agent as unknown as { createConnection?: CreateConnection; addRequest: AddRequest };
  const create = given.createConnection;
  if (typeof create === 'function' && Object.isExtensible(agent)) {
    const value: CreateConnection = function (options, made) {
      return made === undefined ? create.call(this, options) : createdBy(create.bind(this), options, made);
    };
    Object.defineProperty(agent, 'createConnection', { value, configurable: true, writable: true });
  }
  guardCheck(agent);
  const addRequest: AddRequest = (request, options) => {
    const onSocket = request.onSocket.bind(request);
    request.onSocket = (socket, error) => {
      const failure = error ?? socketError(socket);
      if (failure === undefined) onSocket(socket);
      else onSocket(undefined, failure);
    };
    given.addRequest(request, options);
  };
  const guarded = Object.create(agent, { addRequest: { value: addRequest } }) as Agent;
  guardedAgents.set(agent, guarded);
  return guarded;
}

interface AgentRequest {
  onSocket: (socket: unknown, error?: Error | null) => void;
}
type AddRequest = (request: AgentRequest, options: unknown) => void;

function createdBy(create: CreateConnection, options: unknown, made: Made): unknown {
  const checked: Made = (error, socket) => {
    const failure = error ?? socketError(socket);
    if (failure === undefined) made(null, socket);
    else made(failure);
  };
  let socket: unknown;
  try {
    socket = create(options, checked);
  } catch (error) {
    made(error instanceof Error ? error : new TypeError('the agent failed, and threw no Error'));
    return undefined;
  }
  // No socket yet: the callback follows.
  if (socket === undefined || socket === null) return undefined;
  const failure = socketError(socket);
  if (failure === undefined) return socket;
  made(failure);
  return undefined;
}
