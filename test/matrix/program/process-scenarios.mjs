// @ts-check
/** Scenarios that use a server, files, native code or other programs in the runtime under test. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocket, WebSocketServer } from 'ws';
import { newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';
import { createRecorder } from 'avatarkit-session/recorder';
import { createRelay, createRelayHub } from 'avatarkit-session/relay';
import { connectRelay, readKeyframes } from 'avatarkit-session/relay/browser';
import { check, equal, sleep, speakWhole, speech, until } from './checks.mjs';
import { QUICK_HEARTBEAT } from './client-scenarios.mjs';

/**
 * @param {import('avatarkit-session/emulator').EmulatorOptions} options
 * @param {Partial<import('avatarkit-session').AvatarSessionBaseOptions>} [more]
 */
async function emulatorHere(options, more) {
  const emulator = await AvatarEmulator.start(options);
  const session = newAvatarSession({ ...emulator.sessionOptions, retry: 'test', ...more });
  /** @type {import('avatarkit-session').AvatarSDKError[]} */
  const errors = [];
  session.on('error', (error) => errors.push(error));
  return { emulator, session, errors };
}

/**
 * A server of pages, and a page that requests two seconds of speech and counts what it receives.
 *
 * @param {number} [cutAtKeyframes] the server cuts the first connection as soon as the page has this many
 *   keyframes. The service delays the keyframes after twice this number, so that the page can't have all of
 *   them
 */
async function relayTo(cutAtKeyframes = Infinity) {
  /** @type {import('avatarkit-session/emulator').Fault} */
  const late = { kind: 'delay', phase: 'runtime', afterKeyframes: 2 * cutAtKeyframes, delayMs: 500 };
  const emulator = await AvatarEmulator.start({ pace: 2, faults: cutAtKeyframes < Infinity ? [late] : [] });
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', maxPayload: 256 * 1024 });
  /** @type {WebSocket[]} */
  const browsers = [];
  const hub = createRelayHub((socket) => {
    const session = newAvatarSession({ ...emulator.sessionOptions, retry: 'test' });
    const relay = createRelay({ session, socket, dialect: 'binary', lingerMs: 20_000 });
    relay.on('text', () => void relay.speak(speech(2)));
    return relay;
  });
  server.on('connection', (socket, request) => {
    browsers.push(socket);
    hub.accept(socket, request);
  });
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const got = { audioBytes: 0, keyframes: 0, ends: 0, readies: 0, order: /** @type {string[]} */ ([]) };
  const note = (/** @type {string} */ what) => {
    if (got.order.at(-1) !== what) got.order.push(what);
  };
  const page = connectRelay({
    url: `ws://127.0.0.1:${port}`,
    WebSocket: /** @type {never} */ (globalThis.WebSocket ?? WebSocket),
    onReady: () => {
      got.readies += 1;
      if (got.readies === 1) page.send({ type: 'text', text: 'Hello' });
    },
    onAudio: ({ audio }) => {
      got.audioBytes += audio.length;
      note('audio');
    },
    onFrame: ({ raw }) => {
      got.keyframes += readKeyframes(raw).length;
      if (got.keyframes >= cutAtKeyframes && browsers.length === 1) browsers[0]?.terminate();
      note('frames');
    },
    onEnd: () => {
      got.ends += 1;
      note('end');
    },
  });
  const stop = async () => {
    page.close();
    await until(() => hub.size === 0);
    await hub.close();
    server.close();
    await emulator.stop();
  };
  return { got, stop };
}

/** @type {readonly import('./client-scenarios.mjs').Scenario[]} */
export const PROCESS_SCENARIOS = [
  {
    name: 'emulator here: a silence answers no pings',
    needs: ['process'],
    run: async () => {
      const { emulator, session, errors } = await emulatorHere(
        { faults: [{ kind: 'silence', phase: 'runtime', afterMs: 100 }] },
        { heartbeat: QUICK_HEARTBEAT },
      );
      let reconnects = 0;
      session.on('reconnect', () => (reconnects += 1));
      await session.start();
      await until(() => reconnects > 0);
      equal([errors[0]?.code], ['connectionClosed'], 'code');
      await session.close();
      await emulator.stop();
    },
  },
  {
    name: 'emulator here: a silence that ends continues at the same position',
    needs: ['process'],
    run: async () => {
      const emulator = await AvatarEmulator.start({
        pace: 10,
        faults: [{ kind: 'silence', phase: 'runtime', afterKeyframes: 10, durationMs: 500 }],
      });
      const session = newAvatarSession({ ...emulator.sessionOptions, retry: 'test' });
      await session.start();
      const { outcome } = await speakWhole(session, 3);
      equal(outcome, 'delivered', 'outcome');
      await session.close();
      await emulator.stop();
    },
  },
  {
    name: 'recorder: the file has the drop and the reason of the reconnect',
    needs: ['process'],
    run: async () => {
      const path = join(tmpdir(), `matrix-${process.pid}-${Math.random().toString(36).slice(2)}.jsonl`);
      const recorder = createRecorder({ path });
      const { emulator, session } = await emulatorHere({
        pace: 10,
        faults: [{ kind: 'reset', phase: 'runtime', afterKeyframes: 20 }],
      });
      await session.start();
      await speakWhole(session, 2);
      await session.close();
      await emulator.stop();
      await recorder.close();
      const lines = (await readFile(path, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      await rm(path, { force: true });
      const text = JSON.stringify(lines);
      check(text.includes('connectionClosed'), 'the file does not name the failure');
      check(text.includes('reconnect'), 'the file does not have the reconnect');
      check(!text.includes(emulator.credentials.apiKey), 'the file has the API key');
    },
  },
  {
    name: 'relay: audio first, every keyframe, the end last',
    needs: ['process'],
    run: async () => {
      const { got, stop } = await relayTo();
      await until(() => got.ends > 0);
      equal([got.audioBytes, got.keyframes, got.ends], [64_000, 50, 1], 'bytes, keyframes, ends');
      equal([got.order[0], got.order.at(-1)], ['audio', 'end'], 'first and last');
      await stop();
    },
  },
  {
    name: 'relay: a browser reconnects after a cut without a loss',
    needs: ['process'],
    run: async () => {
      const { got, stop } = await relayTo(10);
      await until(() => got.ends > 0);
      equal([got.audioBytes, got.keyframes, got.ends], [64_000, 50, 1], 'bytes, keyframes, ends');
      equal(got.readies, 2, 'connections of the page');
      await stop();
    },
  },
  {
    name: 'Opus: speech at 24 kHz, resampled and encoded, through a reset',
    needs: ['process'],
    run: async () => {
      const emulator = await AvatarEmulator.start({
        pace: 10,
        faults: [{ kind: 'reset', phase: 'runtime', afterKeyframes: 30 }],
      });
      let encodedBytes = 0;
      const session = newAvatarSession({
        ...emulator.sessionOptions,
        retry: 'test',
        audioFormat: 'ogg_opus',
        oggOpusEncoder: true,
        onEncodedAudio: (_reqId, bytes) => (encodedBytes += bytes.length),
      });
      session.on('error', () => undefined);
      await session.start();
      const format = { encoding: /** @type {const} */ ('pcm_s16le'), sampleRateHz: 24_000 };
      const { keyframes, outcome } = await session.speak(speech(3, 24_000), { format }).finished;
      equal([keyframes, outcome], [75, 'replayed'], 'keyframes and outcome');
      check(encodedBytes > 0 && encodedBytes < 64_000, `${encodedBytes} bytes of Opus`);
      await session.close();
      await emulator.stop();
    },
  },
  {
    name: 'Redis: two sessions share a limit of one',
    needs: ['process', 'redis'],
    run: async (context) => {
      const { createClient } = await import('redis');
      const { createRedisCoordinator } = await import('avatarkit-session/redis');
      const client = createClient({
        url: context.env['MATRIX_REDIS_URL'] ?? '',
        disableOfflineQueue: true,
      });
      client.on('error', () => undefined);
      await client.connect();
      const prefix = `matrix-${process.pid}-${Math.random().toString(36).slice(2)}`;
      const coordinator = createRedisCoordinator({
        client: /** @type {never} */ (client),
        prefix,
        maxSessions: 1,
      });
      const service = await context.service({ pace: 10 });
      const first = context.session(service, { coordinator });
      const second = context.session(service, { coordinator });
      await first.start();
      let secondStarted = false;
      const started = second.start().then(() => (secondStarted = true));
      await speakWhole(first, 2);
      equal(secondStarted, false, 'the second session had started before the first one ended');
      await first.close();
      await started;
      await speakWhole(second, 1);
      await second.close();
      await coordinator.close();
      client.destroy();
      const { peakOpenSockets } = await service.stop();
      equal(peakOpenSockets, 1, 'sockets at one time');
    },
  },
  {
    name: 'command: doctor runs through one session',
    needs: ['process'],
    run: async ({ program }) => {
      const command = fileURLToPath(new URL('./cli/main.js', import.meta.resolve('avatarkit-session')));
      const [file = '', ...words] = [...program, command, 'doctor', '--emulator', '--json'];
      const output = await new Promise((resolve, reject) => {
        execFile(file, words, { timeout: 25_000 }, (error, stdout, stderr) => {
          if (error === null) resolve(stdout);
          else reject(new Error(`doctor ended with ${error.code}: ${stdout}${stderr}`));
        });
      });
      check(String(output).includes('"ok"') || String(output).includes('ok'), `doctor says ${output}`);
    },
  },
  {
    name: 'signals: SIGTERM ends the sentence, closes the session, and prints no warning',
    needs: ['process', 'signals'],
    run: async ({ service: open, program }) => {
      const service = await open({ pace: 5 });
      const child = fileURLToPath(new URL('./speaking-process.mjs', import.meta.url));
      const [file = '', ...words] = [...program, child, JSON.stringify(service.sessionOptions)];
      const process = spawn(file, words, { stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      let warnings = '';
      process.stdout.setEncoding('utf8').on('data', (text) => (output += text));
      process.stderr.setEncoding('utf8').on('data', (text) => (warnings += text));
      await until(() => output.includes('speaking'));
      process.kill('SIGTERM');
      const [code, signal] = await once(process, 'close');
      equal([code, signal], [null, 'SIGTERM'], `the end of the process (${warnings})`);
      equal(output.trim().split('\n').at(-1), 'delivered 50', 'the last line of output');
      equal(warnings, '', 'the output on stderr');
      await sleep(50);
      const { openSockets } = await service.stop();
      equal(openSockets, 0, 'open sockets');
    },
  },
];
