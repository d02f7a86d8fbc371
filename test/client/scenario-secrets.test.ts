/** A service, a token provider and a room that send back every credential: no output contains one. */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { describe, expect, it } from 'vitest';
import { newAvatarSession } from '../../src/index.js';
import type { AvatarSession, AvatarSessionOptions } from '../../src/index.js';
import { encodeServerMessage } from '../../src/wire/encode.js';
import { MessageType } from '../../src/ports/message.js';
import { tone } from '../emulator/pcm.js';
import type { RawScript } from './scenario-support/raw-service.js';
import { CONFIRMATION, RawService } from './scenario-support/raw-service.js';
import { Sinks, formsOf } from './scenario-support/sinks.js';
import { QUICK } from './scenario-support/trial.js';

const API_KEY = 'planted api/key+1 "q"&x=y';
const LIVEKIT = {
  url: 'wss://user:planted-room-password-5@room.example',
  apiKey: 'planted-livekit-key',
  apiSecret: 'planted livekit/secret+2 \\ ünï',
  apiToken: 'planted.livekit-token_3',
  extraAttributes: { key: 'planted/attribute+6' },
};
const AGORA = { channelName: 'c', token: 'planted agora/token+4=' };
const EXTRA = { upstreamToken: 'planted/extra+param=1', config: '{"auth":{"key":"planted nested 42"}}' };
const EXTRA_SECRETS = [EXTRA.upstreamToken, 'planted nested 42'];
const ROOM_PASSWORD = 'planted-room-password-5';
const ATTRIBUTE = 'planted/attribute+6';
const tokenOf = (nth: number): string => `planted session/token+${nth} ~"q"`;
const SECRETS: readonly string[] = [
  API_KEY,
  LIVEKIT.apiKey,
  LIVEKIT.apiSecret,
  LIVEKIT.apiToken,
  AGORA.token,
  ...EXTRA_SECRETS,
  ROOM_PASSWORD,
  ATTRIBUTE,
  ...[1, 2, 3].map(tokenOf),
];
const ROOM_SECRETS: readonly string[] = [
  LIVEKIT.apiKey,
  LIVEKIT.apiSecret,
  LIVEKIT.apiToken,
  ROOM_PASSWORD,
  ATTRIBUTE,
];
const SPOKEN_OF = [API_KEY, tokenOf(1), ...ROOM_SECRETS, AGORA.token, ...EXTRA_SECRETS];
const ECHO = `refused: ${SPOKEN_OF.flatMap(formsOf).join(' | ')} in use`;
const ECHO_BODIES: readonly [shape: string, body: string][] = [
  [
    'A',
    JSON.stringify({
      errors: [{ status: 402, code: ECHO.slice(0, 60), title: ECHO, detail: ECHO, id: tokenOf(1) }],
    }),
  ],
  ['B', JSON.stringify({ message: ECHO })],
  ['C', JSON.stringify({ error: { code: 'x', message: ECHO, request_id: tokenOf(1) } })],
  ['D', `<html>${ECHO}</html>`],
  ['a long one that is cut inside a secret', 'x'.repeat(4_090) + tokenOf(1) + ECHO],
];

type Options = Partial<AvatarSessionOptions>;
const WITH_LIVEKIT: Options = { livekitEgress: () => LIVEKIT };
const WITH_AGORA: Options = { agoraEgress: () => Promise.resolve(AGORA) };

const refusedToken = (body: string): RawScript => ({
  token: (_request, response, nth) =>
    nth === 1 ? issue(response, nth) : void response.writeHead(402, ECHO_HEADERS).end(body),
  upgrade: (_request, socket) => answer(socket, '503 Service Unavailable', ''),
});
const refusedUpgrade = (body: string): RawScript => ({
  token: (_request, response, nth) => issue(response, nth),
  upgrade: (_request, socket) => answer(socket, '402 Payment Required', body),
});
const ECHO_HEADERS = { 'X-Request-ID': encodeURIComponent(tokenOf(1)) };

/** A service that refuses in the handshake, or after the first audio. */
function overSocket(refuse: (socket: WebSocket, reqId: string) => void, atStart: boolean): RawScript {
  return {
    token: (_request, response, nth) => issue(response, nth),
    message(message, socket) {
      if (message.type === MessageType.clientConfigureSession) {
        if (atStart) refuse(socket, '');
        else socket.send(CONFIRMATION);
      } else if (message.type === MessageType.clientAudioInput) refuse(socket, message.reqId);
    },
  };
}

function issue(response: ServerResponse, nth: number): void {
  response.end(JSON.stringify({ sessionToken: tokenOf(nth) }));
}

function answer(socket: Duplex, status: string, body: string): true {
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nX-Request-ID: ${encodeURIComponent(tokenOf(1))}\r\n\r\n${body}`,
  );
  return true;
}

const say =
  (message: string, code = 4001) =>
  (socket: WebSocket, reqId: string): void =>
    socket.send(
      encodeServerMessage({ type: MessageType.serverError, connectionId: '', reqId, code, message }),
    );
const close =
  (secret: string) =>
  (socket: WebSocket): void =>
    socket.close(4001, `no: ${secret}`);

const CASES: readonly [where: string, script: RawScript, options: Options][] = [
  ...ECHO_BODIES.flatMap(([shape, body]): [string, RawScript, Options][] => [
    [`body ${shape} of a token refusal`, refusedToken(body), WITH_LIVEKIT],
    [`body ${shape} of an upgrade refusal`, refusedUpgrade(body), WITH_LIVEKIT],
  ]),
  [
    'body of an upgrade refusal, with query auth',
    refusedUpgrade(ECHO),
    { useQueryAuth: true, ...WITH_AGORA },
  ],
  [
    'malformed upgrade answer',
    {
      token: (_request, response, nth) => issue(response, nth),
      upgrade(_request, socket) {
        socket.end(
          `HTTP/1.1 101 ${encodeURIComponent(tokenOf(1))}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: ${encodeURIComponent(tokenOf(1))}\r\nSec-WebSocket-Accept: no\r\n\r\n`,
        );
        return true;
      },
    },
    {},
  ],
  ['error in the handshake, LiveKit', overSocket(say(ECHO), true), WITH_LIVEKIT],
  ['error in the handshake, Agora', overSocket(say(ECHO), true), WITH_AGORA],
  ['error of the connection at runtime', overSocket((socket) => say(ECHO)(socket, ''), false), WITH_LIVEKIT],
  ['error of a request at runtime', overSocket(say(ECHO, 3), false), WITH_AGORA],
  ['text frame at runtime', overSocket((socket) => socket.send(ECHO), false), WITH_LIVEKIT],
  ...SPOKEN_OF.flatMap((secret): [string, RawScript, Options][] => [
    [
      `close reason in the handshake: ${secret}`,
      overSocket(close(secret), true),
      secret === AGORA.token ? WITH_AGORA : WITH_LIVEKIT,
    ],
    [
      `close reason at runtime: ${secret}`,
      overSocket(close(secret), false),
      secret === AGORA.token ? WITH_AGORA : WITH_LIVEKIT,
    ],
  ]),
];

describe('no secret is shown', () => {
  it.each(CASES)('when it is sent back in the %s', async (_where, script, options) => {
    using sinks = new Sinks();
    await using service = await RawService.start(script);
    const retry = { ...QUICK, maxAttempts: 2 };
    await using session = newAvatarSession({
      ...service.endpoints,
      apiKey: API_KEY,
      extraParams: EXTRA,
      retry,
      silenceTimeoutMs: 50,
      ...options,
    });
    // This session does not have the credentials of the other kind of room, so it cannot recognise them.
    const unknown: readonly string[] =
      options.livekitEgress !== undefined
        ? [AGORA.token]
        : options.agoraEgress !== undefined
          ? ROOM_SECRETS
          : [AGORA.token, ...ROOM_SECRETS];
    sinks.watch(session);
    await useUp(session, sinks);
    sinks.show(session.explain());
    sinks.show(session);
    expect(sinks.characters).toBeGreaterThan(1_000);
    expect(sinks.has('AvatarSDKError')).toBe(true);
    expect(sinks.found(SECRETS.filter((secret) => !unknown.includes(secret)))).toEqual([]);
  });

  it('when a token provider or an egress function throws an earlier secret', async () => {
    using sinks = new Sinks();
    await using service = await RawService.start({
      upgrade: (_request, socket) => answer(socket, '503 Draining', ''),
    });
    let calls = 0;
    const fail = (): never => {
      throw new Error(`cannot mint another one: ${ECHO}`, { cause: new Error(ECHO) });
    };
    await using session = newAvatarSession({
      ...service.endpoints,
      retry: { ...QUICK, maxAttempts: 4 },
      apiKey: API_KEY,
      extraParams: EXTRA,
      tokenProvider: () => (calls === 3 ? fail() : tokenOf((calls += 1))),
      livekitEgress: () => (calls === 2 ? fail() : LIVEKIT),
    });
    sinks.watch(session);
    await useUp(session, sinks);
    sinks.show(session.explain());
    expect(sinks.has('cannot mint another one')).toBe(true);
    expect(sinks.found(SECRETS.filter((secret) => secret !== AGORA.token))).toEqual([]);
  });
});

/** Starts the session, speaks, and prints every error with which a promise rejects. */
async function useUp(session: AvatarSession, sinks: Sinks): Promise<void> {
  const show = (error: unknown): void => sinks.show(error);
  await session.start().catch(show);
  await session.speak(tone(40)).finished.catch(show);
  await session.sendAudio(tone(20)).catch(show);
  await session.close();
  await session.start().catch(show);
  // Warnings are emitted one turn of the event loop after their cause.
  await new Promise((resolve) => setImmediate(resolve));
}
