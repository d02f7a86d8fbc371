/**
 * Every place in which an application passes a secret, combined with every way in which a service or a gateway sends it back: no output
 * contains the secret. The texts also have characters that control a terminal, change the text direction or have no width: only raw
 * fields contain those.
 */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { WebSocket } from 'ws';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.js';
import { newAvatarSession } from '../../src/index.js';
import type { AvatarSession, AvatarSessionOptions } from '../../src/index.js';
import { MessageType } from '../../src/ports/message.js';
import { encodeServerMessage } from '../../src/wire/encode.js';
import { fakeTerminal } from '../cli/fake-terminal.js';
import { wavBytes } from '../audio/wav-bytes.js';
import { tone } from '../emulator/pcm.js';
import { RawService } from './scenario-support/raw-service.js';
import type { RawScript } from './scenario-support/raw-service.js';
import { Sinks } from './scenario-support/sinks.js';
import { QUICK } from './scenario-support/trial.js';

type Options = Partial<AvatarSessionOptions>;
type Endpoints = RawService['endpoints'];

const HIDDEN = '\u001B[2J\u202E\u200B\u009B\u2066';
const UNSEEN = /(?!\n)[\p{Cc}\p{Cf}]/u;
const TOKEN = 'st_0a1b2c3d4e5f6789';
const LIVEKIT = { url: 'wss://room.example', apiToken: 'room-token-0123456789' };

/** Secrets that do not exist at the first token request: those of the console, and of functions that are called later. */
const UNKNOWN_AT_FIRST = /^the token of the console$|of a function$/;

const PLACES: Readonly<Record<string, readonly [secret: string, options: (to: Endpoints) => Options]>> = {
  apiKey: ['planted-api/key+1', () => ({ apiKey: 'planted-api/key+1' })],
  'apiKey with outer blanks': ['planted key in blanks', () => ({ apiKey: '  planted key in blanks ' })],
  'a numeric apiKey': ['7301946628', () => ({ apiKey: '7301946628' })],
  'the token of a provider': [
    'planted.session_token',
    () => ({ tokenProvider: () => 'planted.session_token' }),
  ],
  'the token of a provider, in an object': [
    'planted.object_token',
    () => ({ tokenProvider: () => Promise.resolve({ token: ' planted.object_token\n' }) }),
  ],
  'the token of the console': [TOKEN, () => ({})],
  extraParams: ['planted/extra=1', () => ({ extraParams: { upstreamKey: 'planted/extra=1' } })],
  'JSON in extraParams': [
    'planted "nested" 42',
    () => ({ extraParams: { config: JSON.stringify({ auth: { key: 'planted "nested" 42' } }) } }),
  ],
  'the user of the console’s URL': [
    'planted-console-password',
    ({ consoleEndpointUrl }) => ({
      consoleEndpointUrl: consoleEndpointUrl.replace('//', '//user:planted-console-password@'),
    }),
  ],
  'the query of the console’s URL': [
    'planted-console-query',
    ({ consoleEndpointUrl }) => ({ consoleEndpointUrl: `${consoleEndpointUrl}/?sig=planted-console-query` }),
  ],
  'the user of the ingress’ URL': [
    'planted-ingress-password',
    ({ ingressEndpointUrl }) => ({
      ingressEndpointUrl: ingressEndpointUrl.replace('//', '//user:planted-ingress-password@'),
    }),
  ],
  'the query of the ingress’ URL': [
    'planted-ingress-query',
    ({ ingressEndpointUrl }) => ({
      ingressEndpointUrl: `${ingressEndpointUrl}/?gateway_key=planted-ingress-query`,
    }),
  ],
  'the token of a LiveKit room': [LIVEKIT.apiToken, () => ({ livekitEgress: LIVEKIT })],
  'the secret of LiveKit, of a function': [
    'planted livekit/secret ü',
    () => ({
      livekitEgress: () => ({ ...LIVEKIT, apiKey: 'LKkey12345', apiSecret: 'planted livekit/secret ü' }),
    }),
  ],
  'the URL of a LiveKit room': [
    'planted-room-password',
    () => ({ livekitEgress: { ...LIVEKIT, url: 'wss://u:planted-room-password@room.example' } }),
  ],
  'an attribute of a LiveKit room': [
    'planted/attribute+6',
    () => ({ livekitEgress: { ...LIVEKIT, extraAttributes: { key: 'planted/attribute+6' } } }),
  ],
  'a numeric token of Agora': ['90210777', () => ({ agoraEgress: { channelName: 'c', token: '90210777' } })],
  'the token of Agora, with outer blanks, of a function': [
    'planted agora token',
    () => ({ agoraEgress: () => Promise.resolve({ channelName: 'c', token: '\n planted agora token ' }) }),
  ],
  'the header of an httpPost': [
    'planted-post-key',
    () => ({
      apiKey: 'planted-post-key',
      httpPost: (request) =>
        fetch(request.url, { method: 'POST', headers: request.headers, body: request.body }),
    }),
  ],
};

const issue = (response: ServerResponse): void => void response.end(JSON.stringify({ sessionToken: TOKEN }));
const token: NonNullable<RawScript['token']> = (_request, response) => issue(response);
const inJson = (secret: string): string => (/^\d+$/.test(secret) ? secret : JSON.stringify(secret));

function answer(socket: Duplex, headers: string, body: string): true {
  socket.end(
    `HTTP/1.1 402 Payment Required\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  return true;
}

/** A service that sends the text in the handshake, or after the first audio. */
function overSocket(say: (socket: WebSocket, reqId: string) => void, atStart: boolean): RawScript {
  const confirmation = encodeServerMessage({
    type: MessageType.serverConfirmSession,
    connectionId: 'c',
    capabilities: [],
  });
  return {
    token,
    message(message, socket) {
      if (message.type === MessageType.clientConfigureSession) {
        if (atStart) say(socket, '');
        else socket.send(confirmation);
      } else if (message.type === MessageType.clientAudioInput) say(socket, message.reqId);
    },
  };
}

function confirms(socket: WebSocket, connectionId: string, capability: string): void {
  const capabilities = [capability.slice(0, 100)];
  socket.send(encodeServerMessage({ type: MessageType.serverConfirmSession, connectionId, capabilities }));
  setImmediate(() => socket.close(4001));
}

function errs(socket: WebSocket, reqId: string, code: number, message: string): void {
  socket.send(
    encodeServerMessage({ type: MessageType.serverError, connectionId: message, reqId, code, message }),
  );
}

const said = (secret: string): string => `${HIDDEN}no: ${secret}${HIDDEN} is in use`;
const ECHOES: Readonly<Record<string, (secret: string) => RawScript>> = {
  'the body of a refused token': (secret) => ({
    token: (_request, response, nth) =>
      nth === 1
        ? issue(response)
        : void response.writeHead(402).end(
            JSON.stringify({
              errors: [{ status: 402, code: said(secret), title: said(secret), id: secret }],
            }),
          ),
    upgrade: (_request, socket) => answer(socket, '', ''),
  }),
  'a value in JSON of a refused token': (secret) => ({
    token: (_request, response) =>
      void response.writeHead(403).end(`{"message":"denied","given":${inJson(secret)}}`),
  }),
  'a body that is no answer to a token request': (secret) => ({
    token: (_request, response) =>
      void response.end(`{"tokne":${inJson(secret)},"m":${JSON.stringify(said(secret))}}`),
  }),
  'the headers of a refused token': (secret) => ({
    token: (_request, response) =>
      void response
        .writeHead(302, {
          'X-Request-Id': encodeURIComponent(secret),
          Location: `http://h.example/${encodeURI(secret)}`,
        })
        .end(),
  }),
  'the page of a gateway': (secret) => ({
    token,
    upgrade: (_request, socket) =>
      answer(socket, 'Content-Type: text/html\r\n', `<title>${said(secret)}</title><p>${secret}</p>`),
  }),
  'the headers of a refused upgrade': (secret) => ({
    token,
    upgrade: (_request, socket) => answer(socket, `X-Request-ID: ${encodeURIComponent(secret)}\r\n`, secret),
  }),
  'the reason of a close in the handshake': (secret) =>
    overSocket((socket) => socket.close(4001, `no ${secret}`), true),
  'the reason of a close at runtime': (secret) =>
    overSocket((socket) => socket.close(4001, `\u202E${secret}`), false),
  'an id of a connection, and a capability': (secret) =>
    overSocket((socket) => confirms(socket, secret, secret), true),
  'an error in the handshake': (secret) => overSocket((socket) => errs(socket, '', 4001, said(secret)), true),
  'an error of the connection': (secret) =>
    overSocket((socket) => errs(socket, '', 4001, said(secret)), false),
  'an error of a request': (secret) =>
    overSocket((socket, reqId) => errs(socket, reqId, 3, said(secret)), false),
  'the reason of a playback': (secret) =>
    overSocket((socket, reqId) => {
      const state = {
        type: MessageType.serverPlaybackState,
        connectionId: secret,
        reqId,
        playedMs: 1,
      } as const;
      socket.send(encodeServerMessage({ ...state, state: 2, reason: said(secret) }));
      socket.send(encodeServerMessage({ ...state, state: 5, reason: said(secret) }));
      setImmediate(() => socket.close(1011, 'over'));
    }, false),
  'a text frame': (secret) => overSocket((socket) => socket.send(said(secret)), false),
};

/** The responses that belong to the first token request. */
const AT_FIRST = [
  'a value in JSON of a refused token',
  'a body that is no answer to a token request',
  'the headers of a refused token',
];

async function useUp(session: AvatarSession, show: (shown: unknown) => void): Promise<void> {
  await session.start().catch(show);
  await session.speak(tone(40)).finished.catch(show);
  show(session.state);
  show(session.explain());
  await session.close();
  await session.start().catch(show);
  // Warnings are emitted one turn of the event loop after their cause.
  await new Promise((resolve) => setImmediate(resolve));
}

/** The message of an error, and those of its causes. */
function messagesOf(error: unknown): string[] {
  return error instanceof Error ? [error.message, ...messagesOf(error.cause)] : [];
}

describe.each(Object.entries(PLACES))('%s', (place, [secret, options]) => {
  it('is in no output, for any way in which it is sent back', async () => {
    using sinks = new Sinks();
    const leaks: string[] = [];
    const live = async (echo: string, script: RawScript): Promise<void> => {
      await using service = await RawService.start(script);
      const { endpoints } = service;
      await using session = newAvatarSession({
        ...endpoints,
        apiKey: 'another-key-0123',
        retry: { ...QUICK, maxAttempts: 2 },
        silenceTimeoutMs: 50,
        connectGate: false,
        ...options(endpoints),
      });
      sinks.watch(session);
      let errors = 0;
      const show = (shown: unknown): void => {
        sinks.show(shown);
        if (inspect(shown, { depth: Infinity }).includes(secret)) leaks.push(echo);
        if (!(shown instanceof Error)) return;
        errors += 1;
        sinks.show(structuredClone(shown));
        if (messagesOf(shown).some((message) => UNSEEN.test(message)))
          leaks.push(`${echo}: unseen characters`);
      };
      session.on('error', show);
      await useUp(session, show);
      if (errors === 0) leaks.push(`${echo}: nothing failed`);
    };
    const known = Object.entries(ECHOES).filter(
      ([echo]) => !UNKNOWN_AT_FIRST.test(place) || !AT_FIRST.includes(echo),
    );
    await Promise.all(known.map(([echo, script]) => live(echo, script(secret))));
    expect([...new Set(leaks)]).toEqual([]);
    expect(sinks.found([secret])).toEqual([]);
  });
});

it('the API key of a command is in no output, for any way in which it is sent back', async () => {
  const secret = 'planted-command/key+9';
  const folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  try {
    const wav = join(folder, 'short.wav');
    await writeFile(wav, wavBytes({ pcm: new Uint8Array(1_280) }));
    for (const [echo, script] of Object.entries(ECHOES)) {
      await using service = await RawService.start(script(secret));
      const { consoleEndpointUrl, ingressEndpointUrl, appId, avatarId } = service.endpoints;
      const terminal = fakeTerminal({ env: { AVATARKIT_API_KEY: ` ${secret} ` } });
      const where = ['--console-url', consoleEndpointUrl, '--ingress-url', ingressEndpointUrl];
      const who = ['--app-id', appId, '--avatar-id', avatarId];
      await run(['say', wav, ...where, ...who, '--speed', '100', '--policy', 'never'], terminal);
      const shown = [terminal.out, ...terminal.complaints].join('\n');
      expect(shown, echo).toMatch(/avatarkit-session|code|error/i);
      expect(shown, echo).not.toContain(secret);
      expect(shown, echo).not.toContain(encodeURIComponent(secret));
      expect(shown.replaceAll(/\u001B\[\d*m/g, ''), echo).not.toMatch(UNSEEN);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
