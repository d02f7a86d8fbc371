/** Which events of sessions a flight recorder records, and which it omits. */
import { PassThrough, Writable } from 'node:stream';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { FAULT_PLANS } from '../../src/emulator/index.js';
import type { Fault } from '../../src/emulator/index.js';
import { faultOfLine, flightRecordSchema } from '../../src/recorder/flight-record.js';
import { createRecorder } from '../../src/recorder/index.js';
import type { LineStream } from '../../src/recorder/index.js';
import { RecordStream } from '../../src/recorder/record-file.js';
import { closeSession, confirmedSession } from '../support/confirmed-session.js';
import { Lines, recordFlight } from './flight.js';

const RESET: Fault = { kind: 'reset', phase: 'runtime', afterKeyframes: 5 };
const validate = new Ajv2020({ allowUnionTypes: true, strictRequired: false }).compile(flightRecordSchema());

function course(lines: Lines): string[] {
  return lines.all.map((line) => {
    if (line.kind === 'state') return `state ${line.to}`;
    return line.kind === 'dial' || line.kind === 'token' || line.kind === 'utterance'
      ? `${line.kind} ${line.stage}`
      : line.kind;
  });
}

describe('a flight record', () => {
  it('begins with its writer, and ends with the reason for its end', async () => {
    const { all } = await recordFlight();
    expect(all[0]).toMatchObject({
      kind: 'begin',
      seq: 1,
      format: 'avatarkit-session flight record',
      version: 1,
      package_version: '0.1.0',
      node: process.versions.node,
      payload: false,
      continued: false,
    });
    expect(all.at(-1)).toMatchObject({ kind: 'end', reason: 'closed' });
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, at) => at + 1));
  });

  it('has the whole life of a session that loses its connection, in order', async () => {
    const lines = await recordFlight({ emulator: { faults: [RESET] } });
    const reported = course(lines).filter((what) => what !== 'wire');
    expect(reported).toEqual([
      'begin',
      ...['state session_token', 'dial began', 'token began', 'token ended', 'state websocket_connect'],
      ...['session', 'dial ended', 'state websocket_runtime', 'utterance began', 'utterance first_frame'],
      ...['connection_closed', 'error', 'state waiting', 'retry'],
      ...['state session_token', 'dial began', 'token began', 'token ended', 'state websocket_connect'],
      ...['dial ended', 'state websocket_runtime', 'reconnect', 'utterance ended'],
      ...['state closing', 'connection_closed', 'state closed', 'close', 'end'],
    ]);
  });

  it('has the reason of each retry, and of the end of a failed session', async () => {
    const lines = await recordFlight({
      emulator: {
        faults: [{ kind: 'refuse', phase: 'upgrade', status: 503, times: 'always' }],
      },
      session: { retry: { maxAttempts: 2 } },
    });
    expect(lines.of('retry').map(({ why }) => why)).toEqual([expect.stringContaining('attempt 2 of 2')]);
    expect(lines.of('close')).toEqual([
      expect.objectContaining({
        reason: 'failed',
        why: expect.stringContaining('2 attempts made') as string,
      }),
    ]);
  });

  it('has every message with its size, its request and its number of keyframes', async () => {
    const lines = await recordFlight();
    const wire = lines.of('wire');
    expect(wire.map(({ event, type }) => type ?? event)).toEqual(
      expect.arrayContaining(['opened', 'configure', 'confirm', 'audio', 'animation', 'closing', 'closed']),
    );
    const [utterance] = lines.of('utterance');
    const sent = wire.filter(({ type }) => type === 'audio');
    expect(sent.reduce((sum, { audio_bytes = 0 }) => sum + audio_bytes, 0)).toBe(32_000);
    expect(new Set(sent.map(({ req_id }) => req_id))).toEqual(new Set([utterance?.req_id]));
    const came = wire.filter(({ type }) => type === 'animation');
    expect(came.reduce((sum, { keyframes = 0 }) => sum + keyframes, 0)).toBe(25);
    expect(wire.every(({ bytes, type }) => type === undefined || (bytes ?? 0) > 0)).toBe(true);
    expect(new Set(wire.map(({ dial }) => dial))).toEqual(new Set([1]));
  });

  it('has pings and their answers', async () => {
    const lines = await recordFlight({
      async fly(session, sleep) {
        await session.start();
        await sleep(60_000);
      },
    });
    expect(lines.of('wire').filter(({ event }) => event === 'ping').length).toBeGreaterThan(1);
    expect(lines.of('wire').some(({ event }) => event === 'pong')).toBe(true);
  });

  it('has the options of the session, without its secrets', async () => {
    const [session] = (await recordFlight()).of('session');
    expect(session?.config).toMatchObject({ sampleRate: 16_000, egress: 'none' });
  });

  it('has speech and keyframes only if configured', async () => {
    const without = await recordFlight();
    expect(without.text).not.toContain('"payload":"');
    const lines = await recordFlight({ payload: true });
    const held = lines.of('wire').filter(({ payload }) => payload !== undefined);
    expect(new Set(held.map(({ type }) => type))).toEqual(new Set(['audio', 'animation']));
    for (const { payload = '', bytes } of held) expect(Buffer.from(payload, 'base64').length).toBe(bytes);
  });

  it.each(Object.entries(FAULT_PLANS))('matches its schema under the plan %s', async (_name, faults) => {
    const { all } = await recordFlight({ emulator: { faults }, payload: true });
    const wrong = all.filter((line) => !validate(line)).map((line) => ({ line, why: validate.errors }));
    expect(wrong).toEqual([]);
    expect(all.map(faultOfLine).filter((fault) => fault !== undefined)).toEqual([]);
  });

  it('has the sessions of the time between its begin and its end', async () => {
    const virtual = await confirmedSession();
    const lines = new Lines();
    const recorder = createRecorder({ stream: lines, clock: virtual.clock });
    virtual.session.speak(new Uint8Array(320));
    await virtual.clock.settle();
    // The connection existed before, so its messages do not pass through the recorder.
    expect(course(lines)).toEqual(['begin', 'utterance began']);
    await recorder.close();
    await closeSession(virtual);
    expect(course(lines)).toEqual(['begin', 'utterance began', 'end']);
  });
});

describe('the secrets of a session', () => {
  it('are in no line, even if the service echoes them, and with payloads', async () => {
    const lines = new Lines();
    const secrets = ['key-5ecre7-of-the-account', 'token-1', 'livekit-5ecre7-token', 'user-5ecre7'];
    const virtual = await confirmedSession(
      {
        ingressEndpointUrl: 'wss://user-5ecre7:password@ingress.test/v2',
        livekitEgress: { url: 'wss://livekit.test', apiToken: 'livekit-5ecre7-token' },
        extraParams: { apiKey: 'key-5ecre7-of-the-account' },
      },
      { service: (dial) => void dial.confirm(`connection of token-${dial.number}`) },
    );
    await using recorder = createRecorder({ stream: lines, payload: true, clock: virtual.clock });
    virtual.transport.latest.drop();
    await virtual.clock.until(() => virtual.transport.dials.length === 2);
    await virtual.clock.settle();
    const { latest } = virtual.transport;
    latest.animate('livekit-5ecre7-token', 1);
    latest.refuseRequest('token-2', 4500, `no such thing: ${secrets.join(' ')}`);
    latest.drop(1011, 'because of token-2 and livekit-5ecre7-token');
    await virtual.clock.advance(10_000);
    await closeSession(virtual);
    await recorder.close();
    expect(lines.all.length).toBeGreaterThan(20);
    for (const secret of [...secrets, 'token-2']) {
      expect(lines.text).not.toContain(secret);
      for (const { payload = '' } of lines.of('wire'))
        expect(Buffer.from(payload, 'base64').toString('latin1')).not.toContain(secret);
    }
  });
});

describe('a stream that accepts no more lines', () => {
  it('loses lines, and a later line has their count', async () => {
    const lines = new Lines();
    const virtual = await confirmedSession();
    const recorder = createRecorder({ stream: lines, clock: virtual.clock });
    lines.writableLength = 1024 * 1024;
    virtual.session.speak(new Uint8Array(320));
    await virtual.clock.settle();
    expect(recorder.droppedLines).toBe(1);
    lines.writableLength = 0;
    virtual.transport.latest.drop();
    await virtual.clock.settle();
    await recorder.close();
    await closeSession(virtual);
    expect(lines.of('dropped').map((line) => line.lines)).toEqual([1]);
    expect(course(lines).slice(0, 3)).toEqual(['begin', 'dropped', 'connection_closed']);
  });

  it('that throws ends the record with a warning, and does not affect a session', async () => {
    const virtual = await confirmedSession();
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    let calls = 0;
    const recorder = createRecorder({
      clock: virtual.clock,
      stream: {
        write() {
          calls += 1;
          if (calls > 1) throw new Error('the pipe is broken');
        },
      },
    });
    virtual.transport.latest.drop();
    await virtual.clock.until(() => virtual.transport.dials.length === 2);
    await closeSession(virtual);
    expect(calls).toBe(2);
    expect(recorder.droppedLines).toBe(1);
    expect(await warned).toMatchObject({
      name: 'AvatarKitRecorderWarning',
      message: 'the flight record of avatar sessions ends: the pipe is broken',
    });
  });
});

/** A stream that works until the test makes it fail. */
interface Failing {
  readonly stream: LineStream;
  fail(): void;
}

const BROKEN = new Error('the disk is gone');

function emitting(): Failing {
  let error: Error | null = null;
  const stream = new Writable({ write: (_chunk, _encoding, done) => done(error) });
  return { stream, fail: () => (error = BROKEN) };
}

function promising(): Failing {
  let answer = Promise.resolve();
  const fail = (): void => {
    answer = Promise.reject(BROKEN);
  };
  return { stream: { write: () => answer }, fail };
}

const ended = new PassThrough();
const destroyed = new PassThrough();

describe('the stream of a record', () => {
  it.each<[string, Failing, string]>([
    ['is ended', { stream: ended, fail: () => ended.end() }, 'the stream has been ended'],
    ['is destroyed', { stream: destroyed, fail: () => destroyed.destroy() }, 'the stream has been ended'],
    ["emits 'error'", emitting(), BROKEN.message],
    ['returns a promise that rejects', promising(), BROKEN.message],
  ])(
    'that %s ends it with a warning, and does not affect a session or the process',
    async (_what, failing, why) => {
      const virtual = await confirmedSession();
      const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
      const recorder = createRecorder({ stream: failing.stream, clock: virtual.clock });
      failing.fail();
      virtual.transport.latest.drop();
      await virtual.clock.until(() => virtual.transport.dials.length === 2);
      expect(await warned).toMatchObject({
        name: 'AvatarKitRecorderWarning',
        message: `the flight record of avatar sessions ends: ${why}`,
      });
      await closeSession(virtual);
      expect(recorder.droppedLines).toBe(1);
    },
  );

  it('keeps no listener of a closed recorder', async () => {
    const stream = new PassThrough().resume();
    const recorder = createRecorder({ stream });
    expect(stream.listenerCount('error')).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    await recorder.close();
    await new Promise((resolve) => stream.end(resolve));
    expect(stream.listenerCount('error')).toBe(0);
  });

  it('that returns promises gets no further line while 1 MiB is pending', async () => {
    const passed: (() => void)[] = [];
    const write = (): Promise<void> => new Promise((resolve) => passed.push(resolve));
    const stream = new RecordStream({ write }, 'begin', () => undefined);
    expect([stream.add('x'.repeat(600_000)), stream.add('x'.repeat(600_000))]).toEqual([true, false]);
    for (const pass of passed) pass();
    await new Promise((resolve) => setImmediate(resolve));
    expect(stream.add('x'.repeat(600_000))).toBe(true);
  });
});

describe('the options of a recorder', () => {
  const stream = new Lines();
  it.each<[string, () => unknown, string]>([
    ['neither path nor stream', () => createRecorder({}), 'give either path or stream'],
    ['both', () => createRecorder({ path: 'x', stream }), 'give either path or stream'],
    ['maxBytes of a stream', () => createRecorder({ stream, maxBytes: 1e6 }), 'maxBytes is for path'],
    ['too small a file', () => createRecorder({ path: 'x', maxBytes: 1_000 }), 'maxBytes must be'],
    ['no flag', () => createRecorder({ stream, payload: 1 as never }), 'payload must be true or false'],
    ['a misspelt name', () => createRecorder({ stream, payloads: true } as never), 'payloads'],
    ['no stream', () => createRecorder({ stream: {} as never }), 'stream must have the method write'],
    ['no clock', () => createRecorder({ stream, clock: {} as never }), 'clock must have the method epochMs'],
  ])('are refused: %s', (_what, make, message) => {
    expect(make).toThrow(message);
  });
});
