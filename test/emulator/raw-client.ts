/**
 * A client of the wire protocol for tests of the embedded service, with only `ws` and `fetch` and no session
 * logic. Collects received messages, and waits for conditions, never for a time.
 */
import { WebSocket } from 'ws';
import type { AvatarEmulator } from '../../src/emulator/index.js';
import { decodeServerMessage } from '../../src/wire/decode.js';
import { encodeClientMessage } from '../../src/wire/encode.js';
import { decodeKeyframes } from '../../src/wire/keyframes.js';
import {
  AudioFormat,
  EgressType,
  MessageType,
  type ClientConfigureSession,
  type ClientMessage,
  type IgnoredMessage,
  type Keyframe,
  type ServerMessage,
} from '../../src/ports/message.js';

export type Received = ServerMessage | IgnoredMessage | { readonly type: 'text' | 'undecodable' };
export type Arrival = Received & { readonly keyframes: readonly Keyframe[] };

export async function requestToken(
  service: AvatarEmulator,
  {
    apiKey = service.credentials.apiKey,
    expireAt = Math.floor(Date.now() / 1000) + 3600,
    method = 'POST',
  }: { readonly apiKey?: string; readonly expireAt?: unknown; readonly method?: string } = {},
): Promise<Response> {
  const init = { method, headers: { 'X-Api-Key': apiKey, 'Content-Type': 'application/json' } };
  const body = method === 'GET' ? {} : { body: JSON.stringify({ expireAt }) };
  return fetch(`${service.consoleEndpointUrl}/session-tokens`, { ...init, ...body });
}

export async function newToken(service: AvatarEmulator): Promise<string> {
  const response = await requestToken(service);
  const { sessionToken } = (await response.json()) as { sessionToken: string };
  return sessionToken;
}

export interface DialOverrides {
  readonly token?: string;
  readonly appId?: string;
  readonly avatarId?: string;
  readonly query?: boolean;
}

/** Returns at once, before the connection has opened or failed. */
export async function dial(service: AvatarEmulator, overrides: DialOverrides = {}): Promise<RawClient> {
  const { appId, avatarId } = { ...service.credentials, ...overrides };
  const token = overrides.token ?? (await newToken(service));
  const url = new URL(`${service.ingressEndpointUrl}/websocket`);
  url.searchParams.set('id', avatarId);
  if (overrides.query === true) {
    url.searchParams.set('appId', appId);
    url.searchParams.set('sessionKey', token);
  }
  const headers = overrides.query === true ? {} : { 'X-App-ID': appId, 'X-Session-Key': token };
  return new RawClient(new WebSocket(url, { headers, perMessageDeflate: false }));
}

/** Returns a connection that is opened, configured and confirmed. */
export async function connect(
  service: AvatarEmulator,
  configure: Partial<ClientConfigureSession> = {},
): Promise<RawClient> {
  const client = await dial(service);
  await client.opened;
  client.configure(configure);
  await client.until((messages) => messages.some(({ type }) => type === MessageType.serverConfirmSession));
  return client;
}

export class RawClient {
  readonly ws: WebSocket;
  readonly arrivals: Arrival[] = [];
  /** Rejects with the error of the socket. */
  readonly opened: Promise<void>;
  /** The status, headers and body of a refused upgrade. Never settles if it is not refused. */
  readonly refused: Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #listeners = new Set<() => void>();

  constructor(ws: WebSocket) {
    this.ws = ws;
    this.opened = new Promise((resolve, reject) => {
      ws.once('open', resolve);
      ws.on('error', reject);
    });
    this.opened.catch(() => undefined); // Not every test awaits it.
    this.closed = new Promise((resolve) => {
      ws.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.refused = new Promise((resolve) => {
      ws.once('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (piece: Buffer) => (body += piece.toString()));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      });
    });
    ws.on('message', (data, isBinary) => {
      this.arrivals.push(isBinary ? received(data as Buffer) : { type: 'text', keyframes: [] });
      for (const listener of this.#listeners) listener();
    });
  }

  send(message: ClientMessage): void {
    this.ws.send(encodeClientMessage(message));
  }

  configure(overrides: Partial<ClientConfigureSession> = {}): void {
    this.send({
      type: MessageType.clientConfigureSession,
      sampleRate: 16_000,
      bitrate: 0,
      audioFormat: AudioFormat.PCM_S16LE,
      transportCompression: 0,
      egressType: EgressType.none,
      extraParams: {},
      ...overrides,
    });
  }

  audio(reqId: string, audio: Uint8Array, end: boolean): void {
    this.send({ type: MessageType.clientAudioInput, reqId, end, audio });
  }

  interrupt(reqId: string): void {
    this.send({ type: MessageType.clientInterrupt, reqId });
  }

  pause(reqId: string): void {
    this.send({ type: MessageType.clientPause, reqId });
  }

  resume(reqId: string): void {
    this.send({ type: MessageType.clientResume, reqId });
  }

  keyframes(reqId: string): Keyframe[] {
    return this.animations(reqId).flatMap(({ keyframes }) => keyframes);
  }

  animations(reqId: string): { end: boolean; keyframes: readonly Keyframe[] }[] {
    return this.arrivals.flatMap((arrival) =>
      arrival.type === MessageType.serverResponseAnimation && arrival.reqId === reqId
        ? [{ end: arrival.end, keyframes: arrival.keyframes }]
        : [],
    );
  }

  hasEnded(reqId: string): boolean {
    return this.animations(reqId).some(({ end }) => end);
  }

  /** Every message of this type, in order of arrival. */
  of<Type extends Received['type']>(type: Type): Extract<Arrival, { type: Type }>[] {
    return this.arrivals.filter(
      (arrival): arrival is Extract<Arrival, { type: Type }> => arrival.type === type,
    );
  }

  /** Resolves when the condition holds for the received messages. Rejects if the socket closes before. */
  async until(condition: (arrivals: readonly Arrival[]) => boolean): Promise<void> {
    if (condition(this.arrivals)) return;
    await new Promise<void>((resolve, reject) => {
      const check = (): void => {
        if (!condition(this.arrivals)) return;
        this.#listeners.delete(check);
        resolve();
      };
      this.#listeners.add(check);
      void this.closed.then(({ code, reason }) =>
        reject(new Error(`closed ${code} ${reason} while waiting`)),
      );
    });
  }

  /**
   * Resolves when the service has handled everything that was sent: it has answered a ping that was sent
   * last.
   */
  async roundTrip(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.ws.once('pong', () => resolve());
      this.ws.ping();
    });
  }
}

function received(data: Buffer): Arrival {
  try {
    const message = decodeServerMessage(data);
    const isAnimation = message.type === MessageType.serverResponseAnimation;
    return { ...message, keyframes: isAnimation ? decodeKeyframes(data) : [] };
  } catch {
    return { type: 'undecodable', keyframes: [] }; // Tests of invalid bytes expect this value.
  }
}
