// @ts-check
/**
 * Scenarios with the embedded service in another process, which always runs Node: so a failure is caused by
 * the client or by the runtime. They use only features that every runtime has. Scenarios that need more list
 * it in `needs`.
 */
import { check, equal, failureOf, sleep, speakWhole, speech, until } from './checks.mjs';

/**
 * @typedef {object} RemoteService
 * @property {{ readonly apiKey: string, readonly appId: string, readonly avatarId: string, readonly consoleEndpointUrl: string, readonly ingressEndpointUrl: string }} sessionOptions
 * @property {() => Promise<ServiceReport>} look
 * @property {() => Promise<ServiceReport>} stop
 *
 * @typedef {object} ServiceReport
 * @property {readonly { readonly event: string, readonly atMs: number, readonly bytes?: number, readonly kind?: string, readonly code?: number, readonly closeCode?: number }[]} log
 * @property {readonly string[]} heard the audio of each request, in base64
 * @property {number} openSockets
 * @property {number} peakOpenSockets
 *
 * @typedef {Partial<import('avatarkit-session').AvatarSessionBaseOptions>} Options
 * @typedef {import('avatarkit-session/emulator').EmulatorOptions} ServiceOptions
 *
 * @typedef {object} Context
 * @property {(options?: ServiceOptions, how?: { readonly tls?: boolean }) => Promise<RemoteService>} service starts a service in the other process
 * @property {(service: Pick<RemoteService, 'sessionOptions'>, options?: Options) => import('avatarkit-session').AvatarSession} session
 *   makes a session with the transport of the runtime, which retries without delays
 * @property {() => import('avatarkit-session').Transport} webSocketTransport a transport on the WHATWG WebSocket of the runtime
 * @property {Readonly<Record<string, string>>} env
 * @property {readonly string[]} program the command that starts another program in this runtime, without the program’s name
 *
 * @typedef {object} Scenario
 * @property {string} name
 * @property {number} [withinMs] default 30 000
 * @property {readonly ('headers' | 'pings' | 'tls' | 'process' | 'redis' | 'signals')[]} [needs] features that not every runtime has
 * @property {(context: Context) => Promise<void>} run
 */

/**
 * A heartbeat that detects a loss within one and a half seconds, and tolerates the delays of a busy machine.
 */
export const QUICK_HEARTBEAT = { intervalMs: 500, timeoutMs: 1_000, speaking: /** @type {const} */ (false) };
/**
 * The time for which the writer can fill memory, and the limit of the memory. The kernel accepts some
 * megabytes of it.
 */
const STALL_MS = 2_500;
const MOST_STALLED_BYTES = 16 * 1024 * 1024;
/** A chunk has 20 ms of speech at 16 kHz. */
const CHUNK_BYTES = 640;

/**
 * A session meets the fault while it starts, and then speaks.
 *
 * @param {Context} context
 * @param {import('avatarkit-session/emulator').Fault} fault
 * @param {(errors: import('avatarkit-session').AvatarSDKError[]) => void} judge
 * @param {Options} [options]
 */
async function startThrough(context, fault, judge, options) {
  const service = await context.service({ faults: [fault] });
  const session = context.session(service, options);
  /** @type {import('avatarkit-session').AvatarSDKError[]} */
  const errors = [];
  session.on('error', (error) => errors.push(error));
  await session.start();
  judge(errors);
  const { outcome } = await speakWhole(session, 1);
  equal(outcome, 'delivered', 'outcome');
  await session.close();
  const { log } = await service.stop();
  equal(log.filter(({ event }) => event === 'faultFired').length, 1, 'faults that fired');
}

/**
 * A session meets the fault in the middle of a sentence, and still emits each keyframe once.
 *
 * @param {Context} context
 * @param {import('avatarkit-session/emulator').Fault} fault
 * @param {(error: import('avatarkit-session').AvatarSDKError) => void} judge
 * @param {Options} [options]
 * @param {{ readonly tls?: boolean }} [how]
 */
async function speakThrough(context, fault, judge, options, how) {
  const service = await context.service({ faults: [fault], pace: 10 }, how);
  const session = context.session(service, options);
  /** @type {import('avatarkit-session').AvatarSDKError[]} */
  const errors = [];
  session.on('error', (error) => errors.push(error));
  await session.start();
  const { outcome } = await speakWhole(session, 4);
  equal(outcome, 'replayed', 'outcome');
  equal(errors.length, 1, 'errors');
  const [error] = errors;
  if (error !== undefined) judge(error);
  await session.close();
  const { openSockets } = await service.stop();
  equal(openSockets, 0, 'open sockets');
}

/**
 * A service stops reading, while the client awaits each write and then makes the next one.
 *
 * @param {Context} context
 * @param {Options} options
 */
async function writeToStalled(context, options) {
  const service = await context.service({
    faults: [{ kind: 'silence', phase: 'runtime', afterAudioBytes: 32_000, stopReading: true }],
  });
  const session = context.session(service, { ...options, replay: { maxBytes: 512 * 1024 * 1024 } });
  session.on('error', () => undefined);
  await session.start();
  const utterance = session.speak();
  utterance.finished.catch(() => undefined);
  const sinceMs = Date.now();
  let writtenBytes = 0;
  let isOver = false;
  const write = async () => {
    const chunk = new Uint8Array(64 * 1024);
    while (!isOver) {
      await utterance.write(chunk);
      writtenBytes += chunk.length;
    }
  };
  const writing = write().catch(() => undefined);
  await sleep(STALL_MS);
  isOver = true;
  const tookMs = Date.now() - sinceMs;
  await session.close();
  await writing;
  await service.stop();
  check(writtenBytes > 32_000, 'the service had not stalled');
  check(writtenBytes <= MOST_STALLED_BYTES, `${writtenBytes} bytes were accepted in ${tookMs} ms`);
}

/** @param {string} code @param {string} [phase] */
const codeIs = (code, phase) => (/** @type {import('avatarkit-session').AvatarSDKError} */ error) => {
  equal(error.code, code, 'code');
  if (phase !== undefined) equal(error.phase, phase, 'phase');
};
/** @param {string} code @param {string} [phase] */
const onlyCode =
  (code, phase) => (/** @type {readonly import('avatarkit-session').AvatarSDKError[]} */ errors) => {
    equal(errors.length, 1, 'errors');
    for (const error of errors) codeIs(code, phase)(error);
  };

/** @type {readonly Scenario[]} */
export const CLIENT_SCENARIOS = [
  {
    name: 'token: a refusal with 503 is retried',
    run: (context) =>
      startThrough(
        context,
        { kind: 'refuse', phase: 'token', status: 503 },
        onlyCode('upstreamError', 'session_token'),
      ),
  },
  {
    name: 'token: a connection that is reset is retried',
    run: (context) =>
      startThrough(context, { kind: 'reset', phase: 'token' }, onlyCode('connectionFailed', 'session_token')),
  },
  {
    name: 'token: no answer times out, and is retried',
    run: (context) =>
      startThrough(context, { kind: 'hang', phase: 'token' }, onlyCode('connectionFailed', 'session_token'), {
        timeoutMs: 1_500,
      }),
  },
  {
    name: 'token: a wrong API key causes one error and no retry',
    run: async (context) => {
      const service = await context.service();
      const session = context.session({
        sessionOptions: { ...service.sessionOptions, apiKey: 'wrong-key' },
      });
      const error = await failureOf(session.start());
      equal([error.code, error.httpStatus], ['sessionTokenInvalid', 401], 'code and status');
      const { log } = await service.stop();
      equal(log.filter(({ event }) => event === 'tokenRequested').length, 1, 'token requests');
    },
  },
  {
    name: 'upgrade: the session waits as long as a 429 with Retry-After asks',
    needs: ['headers'],
    run: async (context) => {
      const service = await context.service({
        faults: [{ kind: 'refuse', phase: 'upgrade', status: 429, headers: { 'Retry-After': '1' } }],
      });
      const session = context.session(service);
      /** @type {import('avatarkit-session').AvatarSDKError[]} */
      const errors = [];
      session.on('error', (error) => errors.push(error));
      await session.start();
      onlyCode('concurrencyLimit', 'websocket_connect')(errors);
      equal(errors[0]?.httpStatus, 429, 'status');
      await session.close();
      const { log } = await service.stop();
      const [first, second] = log.filter(({ event }) => event === 'upgradeRequested');
      const waitedMs = (second?.atMs ?? 0) - (first?.atMs ?? 0);
      check(waitedMs >= 950, `dialled again after ${waitedMs} ms`);
    },
  },
  {
    name: 'upgrade: a connection that is reset is retried',
    run: (context) =>
      startThrough(
        context,
        { kind: 'reset', phase: 'upgrade' },
        onlyCode('connectionFailed', 'websocket_connect'),
      ),
  },
  {
    name: 'handshake: an error of the service is retried',
    run: (context) =>
      startThrough(
        context,
        { kind: 'serverError', phase: 'handshake', code: 4503, message: 'deploy' },
        onlyCode('upstreamError'),
      ),
  },
  {
    name: 'handshake: no answer times out, and is retried',
    run: (context) =>
      startThrough(context, { kind: 'hang', phase: 'handshake' }, onlyCode('connectionFailed'), {
        timeoutMs: 1_500,
      }),
  },
  {
    name: 'handshake: a service that accepts and drops fails the session',
    run: async (context) => {
      const service = await context.service({
        faults: [{ kind: 'acceptThenDrop', phase: 'handshake', times: 50 }],
      });
      const session = context.session(service, { retry: { preset: 'test', maxAttempts: 4 } });
      /** @type {import('avatarkit-session').CloseInfo[]} */
      const closed = [];
      session.on('close', (info) => closed.push(info));
      session.on('error', () => undefined);
      await session.start().catch(() => undefined);
      await until(() => closed.length > 0);
      equal([session.state, closed[0]?.error?.reason], ['closed', 'attempts'], 'the reason of the end');
      const { log, openSockets } = await service.stop();
      const dials = log.filter(({ event }) => event === 'upgradeRequested').length;
      check(dials >= 4 && dials <= 5, `${dials} dials`);
      equal(openSockets, 0, 'open sockets');
    },
  },
  {
    name: 'runtime: a reset in mid-sentence loses no keyframe',
    run: (context) =>
      speakThrough(context, { kind: 'reset', phase: 'runtime', afterKeyframes: 30 }, (error) => {
        codeIs('connectionClosed', 'websocket_runtime')(error);
        equal(error.closeCode, 1_006, 'close code');
      }),
  },
  {
    name: 'runtime: a close frame in mid-sentence is read',
    run: (context) =>
      speakThrough(
        context,
        { kind: 'close', phase: 'runtime', code: 4_503, reason: 'deploy', afterKeyframes: 30 },
        (error) => equal([error.closeCode, error.closeReason], [4_503, 'deploy'], 'close frame'),
      ),
  },
  {
    name: 'runtime: half a frame before the end of the connection loses no keyframe',
    run: (context) =>
      speakThrough(
        context,
        { kind: 'truncate', phase: 'runtime', variant: 'frame', afterKeyframes: 30 },
        (error) => equal([error.code, error.closeCode], ['connectionClosed', 1_006], 'code and close code'),
      ),
  },
  {
    name: 'runtime: an invalid message causes one error, and the sentence continues',
    run: async (context) => {
      const service = await context.service({
        faults: [{ kind: 'garble', phase: 'runtime', afterKeyframes: 5 }],
      });
      const session = context.session(service);
      /** @type {import('avatarkit-session').AvatarSDKError[]} */
      const errors = [];
      session.on('error', (error) => errors.push(error));
      await session.start();
      await speakWhole(session, 2);
      onlyCode('protocolError', 'websocket_runtime')(errors);
      await session.close();
      await service.stop();
    },
  },
  {
    name: 'half-open: a connection that becomes silent in mid-sentence is detected',
    needs: ['pings'],
    run: (context) =>
      speakThrough(
        context,
        { kind: 'silence', phase: 'runtime', afterKeyframes: 30 },
        codeIs('connectionClosed'),
        { heartbeat: QUICK_HEARTBEAT },
      ),
  },
  {
    name: 'half-open: an idle connection that becomes silent is detected',
    needs: ['pings'],
    run: async (context) => {
      const service = await context.service({
        faults: [{ kind: 'silence', phase: 'runtime', afterMs: 100 }],
      });
      const session = context.session(service, { heartbeat: QUICK_HEARTBEAT });
      let reconnects = 0;
      session.on('error', () => undefined);
      session.on('reconnect', () => (reconnects += 1));
      await session.start();
      await until(() => reconnects > 0);
      await session.close();
      await service.stop();
    },
  },
  {
    name: 'half-open: a connection on which only pings are answered is kept',
    needs: ['pings'],
    run: async (context) => {
      const service = await context.service();
      const session = context.session(service, { heartbeat: QUICK_HEARTBEAT });
      /** @type {unknown[]} */
      const errors = [];
      session.on('error', (error) => errors.push(error));
      await session.start();
      await sleep(2_000);
      await session.close();
      equal(errors.map(String), [], 'errors');
      const { log } = await service.stop();
      equal(log.filter(({ event }) => event === 'upgradeRequested').length, 1, 'dials');
    },
  },
  {
    name: 'backpressure: a service that stops reading stops the writer',
    run: (context) => writeToStalled(context, { heartbeat: false }),
  },
  {
    name: 'backpressure: the same with the WHATWG WebSocket',
    run: (context) =>
      writeToStalled(context, { transport: context.webSocketTransport(), useQueryAuth: true }),
  },
  {
    name: 'backpressure: a minute of speech written at once arrives complete',
    run: async (context) => {
      const service = await context.service({ keyframesPerMessage: 100 });
      const session = context.session(service);
      await session.start();
      const { outcome } = await speakWhole(session, 60);
      equal(outcome, 'delivered', 'outcome');
      await session.close();
      const { heard } = await service.stop();
      equal(atob(heard[0] ?? '').length, speech(60).length, 'bytes that the service received');
    },
  },
  {
    name: 'TLS: speaks through a reset',
    needs: ['tls'],
    run: (context) =>
      speakThrough(
        context,
        { kind: 'reset', phase: 'runtime', afterKeyframes: 30 },
        codeIs('connectionClosed', 'websocket_runtime'),
        {},
        { tls: true },
      ),
  },
  {
    name: 'WHATWG WebSocket with query authentication: speaks through a drop',
    run: (context) =>
      speakThrough(
        context,
        { kind: 'reset', phase: 'runtime', afterKeyframes: 30 },
        (error) => equal([error.code, error.closeCode], ['connectionClosed', 1_006], 'code and close code'),
        { transport: context.webSocketTransport(), useQueryAuth: true },
      ),
  },
  {
    name: 'drain: a close finishes the current utterances',
    run: async (context) => {
      const service = await context.service({ pace: 10 });
      const session = context.session(service);
      await session.start();
      const utterance = session.speak(speech(2));
      await session.close({ drain: true });
      const { keyframes, outcome } = await utterance.finished;
      equal([keyframes, outcome], [50, 'delivered'], 'keyframes and outcome');
      const { openSockets } = await service.stop();
      equal(openSockets, 0, 'open sockets');
    },
  },
  {
    name: 'interrupt: no old frame arrives afterwards, and the next sentence is complete',
    run: async (context) => {
      const service = await context.service({
        pace: 10,
        faults: [{ kind: 'framesAfterInterrupt', phase: 'runtime', keyframes: 5 }],
      });
      const session = context.session(service);
      await session.start();
      let interrupted = false;
      let late = 0;
      const old = session.speak();
      await old.write(speech(4));
      session.on('frame', (frame) => {
        if (interrupted && frame.reqId === old.reqId) late += 1;
      });
      let count = 0;
      for await (const frame of old) {
        count += frame.keyframes.length;
        if (count >= 10) break;
      }
      await session.interrupt();
      interrupted = true;
      await speakWhole(session, 1);
      equal(late, 0, 'frames after the interrupt');
      await session.close();
      await service.stop();
    },
  },
  {
    name: 'streams: each byte of audio in chunks of 20 ms arrives once',
    run: async (context) => {
      const service = await context.service();
      const session = context.session(service);
      await session.start();
      const audio = speech(3);
      const utterance = session.speak();
      for (let at = 0; at < audio.length; at += CHUNK_BYTES)
        await utterance.write(audio.subarray(at, at + CHUNK_BYTES));
      await utterance.end();
      const { keyframes } = await utterance.finished;
      equal(keyframes, 75, 'keyframes');
      await session.close();
      const { heard } = await service.stop();
      const bytes = Uint8Array.from(atob(heard[0] ?? ''), (character) => character.charCodeAt(0));
      check(bytes.length === audio.length && bytes.every((byte, at) => byte === audio[at]), 'other bytes');
    },
  },
];
