/**
 * Checks of an endpoint before a session dials it: the addresses of its host, and a connection with its TLS. Each check has a time limit
 * and fails with the error that a session would have at this step. No request is sent, and only certificates that a session would trust
 * are accepted: an untrusted one is only read.
 */
import { lookup } from 'node:dns/promises';
import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { classify } from '../core/failure/classify.js';
import type { FailureFacts } from '../core/failure/failure-facts.js';
import { toAvatarSDKError } from '../core/failure/to-avatar-sdk-error.js';
import { createRedactor } from '../core/redaction/redactor.js';
import type { AvatarSDKError, Phase, Step } from '../index.js';

export interface Endpoint {
  readonly name: 'console' | 'ingress';
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
}

/** The phase and step of the errors that a session has at this endpoint. */
const WHERE: Readonly<Record<Endpoint['name'], { readonly phase: Phase; readonly step: Step }>> = {
  console: { phase: 'session_token', step: 'request' },
  ingress: { phase: 'websocket_connect', step: 'upgrade' },
};

export function endpointOf(name: Endpoint['name'], address: string): Endpoint {
  const { hostname, port, protocol } = new URL(address);
  const isSecure = protocol === 'https:' || protocol === 'wss:';
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return { name, host, port: port === '' ? (isSecure ? 443 : 80) : Number(port), isSecure };
}

interface Limits {
  readonly timeoutMs: number;
  /** Aborted when the user stops the program. */
  readonly signal: AbortSignal;
}

/** The addresses, as the system resolves them. @throws AvatarSDKError */
export async function findAddresses(endpoint: Endpoint, limits: Limits): Promise<readonly string[]> {
  const found = await limited(endpoint, limits, lookup(endpoint.host, { all: true }));
  return found.map(({ address }) => address);
}

export interface EndpointFacts {
  /** The address of the peer. */
  readonly address: string;
  /** `TLSv1.3`; undefined without TLS. */
  readonly tls: string | undefined;
  /** When the certificate expires; undefined without TLS. */
  readonly certificateEnd: Date | undefined;
  readonly certificateIssuer: string | undefined;
}

/** Connects and closes. @throws AvatarSDKError, after `onFacts` was called with the known facts */
export async function tryEndpoint(
  endpoint: Endpoint,
  limits: Limits,
  onFacts: (facts: EndpointFacts) => void,
): Promise<void> {
  const { host, port, isSecure } = endpoint;
  const servername = isIP(host) === 0 ? host : '';
  // Whether the certificate is trusted is checked below, after its expiry has been read.
  const tls = { host, port, servername, ALPNProtocols: ['http/1.1'], rejectUnauthorized: false };
  const socket = isSecure ? connectTls(tls) : connect({ host, port });
  try {
    await limited(
      endpoint,
      limits,
      new Promise<void>((resolve, reject) => {
        socket.once(isSecure ? 'secureConnect' : 'connect', resolve);
        socket.on('error', reject);
        socket.once('close', () => reject(coded('ECONNRESET', 'the connection ended before it was usable')));
      }),
    );
    onFacts(factsOf(socket.remoteAddress ?? host, isSecure ? (socket as TLSSocket) : undefined));
    const refusal = isSecure ? (socket as TLSSocket).authorizationError : undefined;
    if (refusal) {
      const code = refusal instanceof Error && 'code' in refusal ? String(refusal.code) : String(refusal);
      throw failureAt(endpoint, { kind: 'transportFailed', errno: code, message: messageOf(refusal) });
    }
  } finally {
    socket.destroy();
  }
}

function factsOf(address: string, socket: TLSSocket | undefined): EndpointFacts {
  const certificate = socket?.getPeerCertificate();
  const end = certificate?.valid_to;
  const issuer = certificate?.issuer as { readonly CN?: string } | undefined;
  return {
    address,
    tls: socket?.getProtocol() ?? undefined,
    certificateEnd: end === undefined ? undefined : new Date(end),
    certificateIssuer: issuer?.CN,
  };
}

/** @throws AvatarSDKError if `work` rejects or exceeds the limit; the signal's reason if it is aborted */
async function limited<Value>(endpoint: Endpoint, limits: Limits, work: Promise<Value>): Promise<Value> {
  const { timeoutMs, signal } = limits;
  work.catch(() => undefined);
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const end = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(failureAt(endpoint, { kind: 'stepTimedOut', timeoutMs })), timeoutMs);
    onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, end]);
  } catch (error) {
    if (signal.aborted || !(error instanceof Error) || !('code' in error) || 'phase' in error) throw error;
    const first = error instanceof AggregateError ? (error.errors[0] as Error) : error;
    const errno = String('code' in first ? first.code : error.code);
    throw failureAt(endpoint, { kind: 'transportFailed', errno, message: first.message });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

type Evidence =
  | { readonly kind: 'transportFailed'; readonly errno: string; readonly message: string }
  | { readonly kind: 'stepTimedOut'; readonly timeoutMs: number };

function failureAt({ name }: Endpoint, evidence: Evidence): AvatarSDKError {
  const facts: FailureFacts = { ...WHERE[name], usesEgress: false, ...evidence };
  const failure = classify(facts, Date.now());
  if (failure.normalEnd) throw new Error('a connection that failed is no normal end');
  return toAvatarSDKError(failure, createRedactor());
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
