/** Spans and metrics of sessions, with the SDK of OpenTelemetry and its in-memory exporters. Virtual time. */
import { channel } from 'node:diagnostics_channel';
import { SpanStatusCode } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { INSTRUMENTS } from '../../src/opentelemetry/session-metrics.js';
import { instrument } from '../../src/opentelemetry/instrument.js';
import { UpgradeRefused } from '../../src/index.js';
import type { AvatarSessionOptions } from '../../src/index.js';
import { closed, ScriptedCoordinator } from '../client/scripted-coordinator.js';
import { virtualSession } from '../client/virtual-session.js';
import type { VirtualSession } from '../client/virtual-session.js';
import { audioMessages, closeSession, confirmedSession, wireIdsOf } from '../support/confirmed-session.js';
import { CHANNEL_NAMES } from '../support/channel-record.js';
import { heldGate } from '../support/held-gate.js';
import { Collected } from './collected.js';

const SECOND = new Uint8Array(32_000);
const SERVER = { 'server.address': 'ingress.test', 'server.port': 443 };

/** A session that loses its connection in mid-sentence, and sends the rest over the next one. */
async function lossInMidSentence(
  collected: Collected,
  options: Partial<AvatarSessionOptions> = {},
): Promise<VirtualSession> {
  const virtual = collected.within('a call', () =>
    virtualSession({
      service: (dial, clock) => void clock.schedule(100, () => dial.confirm()),
      options: { heartbeat: false, sampleRate: 16_000, ...options },
    }),
  );
  const { session, clock, transport } = virtual;
  void session.start();
  await clock.until(() => session.state === 'websocket_runtime');
  await clock.advance(20_000);
  const utterance = collected.within('an answer', () => session.speak(SECOND, { label: 'greeting' }));
  await clock.advance(250);
  transport.latest.animate(utterance.reqId, 10);
  await clock.advance(50);
  transport.latest.drop();
  await clock.until(() => transport.dials.length === 2);
  await clock.until(() => session.state === 'websocket_runtime');
  await clock.settle();
  transport.latest.animate(wireIdsOf(virtual)[0] ?? '', 25, { end: true });
  await utterance.finished;
  await clock.settle();
  return virtual;
}

describe('the spans of a session that loses its connection in mid-sentence', () => {
  it('are its start, two dials, the outage with a link to the lost dial, and the utterance', async () => {
    await using collected = new Collected();
    const virtual = await lossInMidSentence(collected);
    await closeSession(virtual);
    expect(collected.spans.map(({ name }) => name)).toEqual([
      'a call',
      'avatarkit.session dial',
      'avatarkit.session start',
      'an answer',
      'avatarkit.session dial',
      'avatarkit.session outage',
      'avatarkit.utterance',
    ]);
    const [call, firstDial, start, answer, secondDial, outage, utterance] = collected.spans;
    const idOf = (span = call): string | undefined => span?.spanContext().spanId;
    expect(start?.parentSpanContext?.spanId).toBe(idOf(call));
    expect(firstDial?.parentSpanContext?.spanId).toBe(idOf(start));
    expect(outage?.parentSpanContext?.spanId).toBe(idOf(call));
    expect(outage?.links.map(({ context }) => context.spanId)).toEqual([idOf(firstDial)]);
    expect(secondDial?.parentSpanContext?.spanId).toBe(idOf(outage));
    expect(utterance?.parentSpanContext?.spanId).toBe(idOf(answer));
    expect(outage?.events.map(({ name, attributes }) => [name, attributes?.['error.type']])).toEqual([
      ['retry', 'connectionClosed'],
    ]);
    expect(utterance?.events.map(({ name }) => name)).toEqual(['first_frame']);
    expect(utterance?.attributes).toEqual({
      ...SERVER,
      'avatarkit.session.id': virtual.session.id,
      'avatarkit.request.id': utterance?.attributes['avatarkit.request.id'],
      'avatarkit.utterance.label': 'greeting',
      'avatarkit.utterance.outcome': 'replayed',
      'avatarkit.utterance.keyframes': 25,
      'avatarkit.utterance.replays': 1,
      'avatarkit.utterance.bytes': 32_000,
    });
    expect(secondDial?.attributes).toMatchObject({
      ...SERVER,
      'network.protocol.name': 'websocket',
      'avatarkit.dial.reason': 'reconnect',
      'avatarkit.dial.upgrade_time': 0.1,
      'avatarkit.connection.id': 'connection-2',
    });
  });

  it('send the trace context of the utterance to the service, with the first audio of each transmission', async () => {
    await using collected = new Collected();
    const virtual = await lossInMidSentence(collected);
    const [utterance] = collected.named('avatarkit.utterance');
    const { traceId, spanId } = utterance?.spanContext() ?? {};
    const traceparents = virtual.transport.dials.map(
      ({ socket }) =>
        socket?.received.flatMap((one) => ('traceContext' in one ? [one.traceContext.traceparent] : [])) ??
        [],
    );
    expect(traceparents).toEqual([[`00-${traceId}-${spanId}-01`], [`00-${traceId}-${spanId}-01`]]);
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`;
    void virtual.session.speak(SECOND, { traceContext: { traceparent } });
    await virtual.clock.settle();
    expect(audioMessages(virtual).at(-1)?.traceContext).toEqual({ traceparent });
    await closeSession(virtual);
  });
});

describe('the spans of a session', () => {
  it('that fails end with its error; an intended end causes no outage span', async () => {
    await using collected = new Collected();
    const refused = virtualSession({
      service: (dial) => dial.refuse(new UpgradeRefused(401, {}, '')),
      options: { heartbeat: false },
    });
    await expect(refused.session.start()).rejects.toMatchObject({ httpStatus: 401 });
    const [start] = collected.named('avatarkit.session start');
    expect(start?.status.code).toBe(SpanStatusCode.ERROR);
    expect(start?.attributes['error.type']).toBe('sessionTokenExpired');
    const dials = collected.named('avatarkit.session dial');
    expect(dials.length).toBeGreaterThan(0);
    for (const { attributes } of dials) expect(attributes['http.response.status_code']).toBe(401);

    const rolled = await confirmedSession({ maxSessionMs: 100_000 });
    await rolled.clock.advance(95_000);
    const idle = await confirmedSession({ idle: 'reconnectOnDemand' });
    idle.transport.latest.drop(1008, 'no audio input for 60s');
    await idle.clock.advance(1_000);
    void idle.session.sendAudio(SECOND);
    await idle.clock.settle();
    await closeSession(rolled);
    await closeSession(idle);
    expect(collected.named('avatarkit.session outage')).toEqual([]);
    expect(await collected.metrics()).not.toHaveProperty(['avatarkit.client.outage.duration']);
  });
});

describe('the metrics', () => {
  it('of a session that loses its connection in mid-sentence have the right values', async () => {
    await using collected = new Collected();
    const virtual = await lossInMidSentence(collected, { connectGate: heldGate([400]) });
    const open = await collected.metrics();
    expect(open['avatarkit.client.connection.count']).toEqual([{ attributes: SERVER, value: 1 }]);
    await closeSession(virtual);
    const outageS = (virtual.reconnects[0]?.outageMs ?? 0) / 1_000;
    const livesS = [20.3, (virtual.clock.nowMs() - 2_000 - 400 - 100 - 20_300) / 1_000 - outageS];
    const totalS = (livesS[0] ?? 0) + (livesS[1] ?? 0);
    const made = await collected.metrics();
    expect(made).toMatchObject({
      'avatarkit.client.connection.count': [{ attributes: SERVER, value: 0 }],
      'avatarkit.client.connection.create_time': [{ attributes: SERVER, value: { count: 2, sum: 0.2 } }],
      'avatarkit.client.connection.duration': [
        { attributes: { ...SERVER, 'avatarkit.close_code': 1006 }, value: { count: 1, sum: 20.3 } },
        { attributes: { ...SERVER, 'avatarkit.close_code': 1000 }, value: { count: 1 } },
      ],
      'avatarkit.client.billed_time': [{ attributes: SERVER }],
      'avatarkit.client.outage.duration': [
        { attributes: { ...SERVER, 'error.type': 'connectionClosed' }, value: { count: 1, sum: outageS } },
      ],
      'avatarkit.client.retries': [
        { attributes: { ...SERVER, 'avatarkit.retry.source': 'gate' }, value: 1 },
        { attributes: { ...SERVER, 'error.type': 'connectionClosed' }, value: 1 },
      ],
      'avatarkit.client.gate.wait_time': [
        {
          attributes: { ...SERVER, 'avatarkit.gate': 'ingress', 'avatarkit.admitted': true },
          value: { count: 1, sum: 0.4 },
        },
      ],
      'avatarkit.client.utterance.first_frame_time': [{ attributes: SERVER, value: { count: 1, sum: 0.25 } }],
      'avatarkit.client.utterance.duration': [
        {
          attributes: { ...SERVER, 'avatarkit.utterance.outcome': 'replayed' },
          value: { count: 1, sum: Math.round((0.3 + outageS) * 1e6) / 1e6 },
        },
      ],
      'avatarkit.client.utterances': [
        { attributes: { ...SERVER, 'avatarkit.utterance.outcome': 'replayed' }, value: 1 },
      ],
      'avatarkit.client.audio.sent': [{ attributes: SERVER, value: 32_000 }],
      'avatarkit.client.keyframes.received': [{ attributes: SERVER, value: 25 }],
    });
    expect(made['avatarkit.client.billed_time']?.[0]?.value).toBeCloseTo(totalS, 6);
    expect(made).not.toHaveProperty(['avatarkit.client.give_ups']);
  });

  it('of a fleet, and of a session that fails', async () => {
    await using collected = new Collected();
    const coordinator = new ScriptedCoordinator();
    coordinator.answers = [() => Promise.resolve({ waitMs: 7_000, reason: 'the plan is full' })];
    const virtual = virtualSession({
      service: (dial) => void dial.confirm(),
      options: { coordinator, heartbeat: false, retry: false },
    });
    void virtual.session.start();
    await virtual.clock.advance(7_000);
    coordinator.lose();
    await virtual.clock.settle();
    expect((await collected.metrics())['avatarkit.client.fleet.leases']).toEqual([
      { attributes: SERVER, value: 1 },
    ]);
    virtual.transport.latest.drop(4002);
    await virtual.clock.advance(2_000);
    await closed(virtual);
    expect(await collected.metrics()).toMatchObject({
      'avatarkit.client.fleet.wait_time': [
        { attributes: { ...SERVER, 'avatarkit.admitted': true }, value: { count: 1, sum: 7 } },
      ],
      'avatarkit.client.fleet.leases': [{ attributes: SERVER, value: 0 }],
      'avatarkit.client.fleet.leases_lost': [{ attributes: SERVER, value: 1 }],
      'avatarkit.client.give_ups': [
        { attributes: { ...SERVER, 'avatarkit.give_up.reason': 'rule' }, value: 1 },
      ],
    });
  });

  it('have no id of a session, connection or request in their attributes, and these tests produce every metric', async () => {
    await using collected = new Collected();
    await closeSession(await lossInMidSentence(collected, { connectGate: heldGate([400]) }));
    const made = await collected.metrics();
    const names = Object.values(made).flatMap((points) =>
      points.flatMap(({ attributes }) => Object.keys(attributes)),
    );
    expect(names.filter((name) => name.endsWith('.id'))).toEqual([]);
    const others = ['give_ups', 'fleet.wait_time', 'fleet.leases', 'fleet.leases_lost'];
    expect(Object.keys(INSTRUMENTS).filter((name) => !(name in made))).toEqual(
      others.map((name) => `avatarkit.client.${name}`),
    );
  });
});

describe('instrument()', () => {
  it('returns a function that undoes it: no subscriber remains', async () => {
    await using collected = new Collected();
    collected.undo();
    collected.undo();
    for (const name of CHANNEL_NAMES) expect(channel(name).hasSubscribers).toBe(false);
    await closeSession(await confirmedSession());
    expect(collected.spans).toEqual([]);
  });

  it('ends each open span once when it is undone', async () => {
    await using collected = new Collected();
    const virtual = await confirmedSession();
    void virtual.session.speak(SECOND, { label: 'cut short' });
    virtual.transport.latest.drop();
    await virtual.clock.settle();
    const before = collected.spans.map(({ name }) => name);
    collected.undo();
    expect(
      collected.spans
        .map(({ name }) => name)
        .slice(before.length)
        .sort(),
    ).toEqual(['avatarkit.session outage', 'avatarkit.utterance']);
    await closeSession(virtual);
    expect(collected.spans).toHaveLength(before.length + 2);
  });

  it('refuses values that are not providers, and an exporter that throws does not affect a session', async () => {
    expect(() => instrument({ tracerProvider: {} as never })).toThrow(
      'tracerProvider must have the method getTracer',
    );
    expect(() => instrument({ exporter: 1 } as never)).toThrow(TypeError);
    const throws = (): never => {
      throw new Error('no disk');
    };
    const tracerProvider = { getTracer: () => ({ startSpan: throws, startActiveSpan: throws }) };
    const undo = instrument({ tracerProvider });
    const virtual = await confirmedSession();
    void virtual.session.speak(SECOND);
    await closeSession(virtual);
    undo();
    expect(virtual.errors).toEqual([]);
  });
});
