/**
 * Metrics of all sessions of a process, from their published messages. Ids of sessions, connections and requests are no attributes,
 * because each set of attributes is a time series. Must not know spans.
 */
import type { Attributes, Counter, Histogram, Meter, UpDownCounter } from './api.js';
import type { ChannelMessage } from '../client/events/channels.js';
import type { ChannelListener } from '../client/events/channel-listener.js';

/** Buckets, seconds; up to the minutes that an outage or a queue takes. */
const WAITS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
/** Buckets, seconds; up to the hours that a connection lasts. */
const LIVES = [1, 5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 21_600];

interface InstrumentRow {
  readonly kind: 'counter' | 'upDownCounter' | 'histogram';
  readonly unit: string;
  readonly about: string;
  readonly boundaries?: readonly number[];
}

/** Every metric: one row each. */
export const INSTRUMENTS = {
  'avatarkit.client.connection.count': {
    kind: 'upDownCounter',
    unit: '{connection}',
    about: 'Open connections that are confirmed',
  },
  'avatarkit.client.connection.create_time': {
    kind: 'histogram',
    unit: 's',
    about: 'From the begin of a dial to its confirmation or failure',
    boundaries: WAITS,
  },
  'avatarkit.client.connection.duration': {
    kind: 'histogram',
    unit: 's',
    about: 'How long a connection lasted',
    boundaries: LIVES,
  },
  'avatarkit.client.billed_time': {
    kind: 'counter',
    unit: 's',
    about: 'Time of connections that are over, from their confirmation: what the service bills',
  },
  'avatarkit.client.outage.duration': {
    kind: 'histogram',
    unit: 's',
    about: 'From the last sign of life of a lost connection to the confirmation of the next one',
    boundaries: WAITS,
  },
  'avatarkit.client.retries': { kind: 'counter', unit: '{retry}', about: 'Attempts that were announced' },
  'avatarkit.client.give_ups': {
    kind: 'counter',
    unit: '{session}',
    about: 'Sessions that ended with a failure',
  },
  'avatarkit.client.gate.wait_time': {
    kind: 'histogram',
    unit: 's',
    about: 'How long a dial waited at the connect gate',
    boundaries: WAITS,
  },
  'avatarkit.client.utterance.first_frame_time': {
    kind: 'histogram',
    unit: 's',
    about: 'From the first audio of an utterance to its first frame',
    boundaries: WAITS,
  },
  'avatarkit.client.utterance.duration': {
    kind: 'histogram',
    unit: 's',
    about: 'From speak() to the end of the utterance',
    boundaries: WAITS,
  },
  'avatarkit.client.utterances': { kind: 'counter', unit: '{utterance}', about: 'Utterances that are over' },
  'avatarkit.client.audio.sent': {
    kind: 'counter',
    unit: 'By',
    about: 'Audio of utterances that are over, each byte once',
  },
  'avatarkit.client.keyframes.received': {
    kind: 'counter',
    unit: '{keyframe}',
    about: 'Keyframes of utterances that are over, each once',
  },
  'avatarkit.client.fleet.wait_time': {
    kind: 'histogram',
    unit: 's',
    about: 'How long a dial waited for the coordinator of the fleet',
    boundaries: WAITS,
  },
  'avatarkit.client.fleet.leases': {
    kind: 'upDownCounter',
    unit: '{lease}',
    about: 'Leases that sessions of this process hold',
  },
  'avatarkit.client.fleet.leases_lost': {
    kind: 'counter',
    unit: '{lease}',
    about: 'Leases that were lost while their session went on',
  },
} as const satisfies Readonly<Record<string, InstrumentRow>>;

type Rows = typeof INSTRUMENTS;
type Made<Kind extends InstrumentRow['kind']> = {
  counter: Counter;
  upDownCounter: UpDownCounter;
  histogram: Histogram;
}[Kind];
type Instruments = { readonly [Name in keyof Rows]: Made<Rows[Name]['kind']> };

function instrumentOf(meter: Meter, name: string, row: InstrumentRow): Made<InstrumentRow['kind']> {
  const { kind, unit, about: description, boundaries } = row;
  switch (kind) {
    case 'counter':
      return meter.createCounter(name, { unit, description });
    case 'upDownCounter':
      return meter.createUpDownCounter(name, { unit, description });
    case 'histogram':
      return meter.createHistogram(name, {
        unit,
        description,
        advice: { explicitBucketBoundaries: [...(boundaries ?? WAITS)] },
      });
  }
}

const SECOND_MS = 1_000;

export function metricsListener(meter: Meter): ChannelListener {
  const made = Object.fromEntries(
    Object.entries(INSTRUMENTS).map(([name, row]) => [name, instrumentOf(meter, name, row)]),
  ) as unknown as Instruments;
  const seconds = (name: HistogramName, ms: number | undefined, attributes: Attributes): void => {
    if (ms !== undefined) made[name].record(ms / SECOND_MS, attributes);
  };
  /** Connections that began while there was a listener; the end of others is not counted. */
  const connected = new Set<string>();
  const leased = new Set<string>();
  const planned = new Set<string>();
  return {
    dial: {
      asyncEnd: (message) => {
        const { sessionId, error, durationMs } = message;
        const failed = error === undefined ? {} : { 'error.type': error.code };
        seconds('avatarkit.client.connection.create_time', durationMs, { ...serverOf(message), ...failed });
        if (error !== undefined) return;
        connected.add(sessionId);
        made['avatarkit.client.connection.count'].add(1, serverOf(message));
      },
    },
    connectionClosed: (message) => {
      const { sessionId, liveMs, closeCode } = message;
      const server = serverOf(message);
      const ended = closeCode === undefined ? server : { ...server, 'avatarkit.close_code': closeCode };
      seconds('avatarkit.client.connection.duration', liveMs, ended);
      made['avatarkit.client.billed_time'].add(liveMs / SECOND_MS, server);
      if (connected.delete(sessionId)) made['avatarkit.client.connection.count'].add(-1, server);
    },
    rollover: ({ sessionId }) => planned.add(sessionId),
    idle: ({ sessionId, stage }) => stage === 'began' && planned.add(sessionId),
    reconnect: (message) => {
      const { sessionId, error, outageMs } = message;
      if (planned.delete(sessionId)) return;
      const attributes = { ...serverOf(message), 'error.type': error.code };
      seconds('avatarkit.client.outage.duration', outageMs, attributes);
    },
    retry: (message) => {
      const { error, source } = message;
      const attributes = { ...serverOf(message), 'error.type': error.code, 'avatarkit.retry.source': source };
      made['avatarkit.client.retries'].add(1, attributes);
    },
    close: (message) => {
      const { sessionId, reason, error } = message;
      planned.delete(sessionId);
      if (reason !== 'failed' || error === undefined) return;
      const why = error.reason === undefined ? {} : { 'avatarkit.give_up.reason': error.reason };
      made['avatarkit.client.give_ups'].add(1, { ...serverOf(message), 'error.type': error.code, ...why });
    },
    gateWait: (message) => {
      if (message.stage !== 'ended') return;
      const { gate, admitted, waitedMs } = message;
      const attributes = { ...serverOf(message), 'avatarkit.gate': gate, 'avatarkit.admitted': admitted };
      seconds('avatarkit.client.gate.wait_time', waitedMs, attributes);
    },
    firstFrame: (message) =>
      seconds('avatarkit.client.utterance.first_frame_time', message.firstFrameMs, serverOf(message)),
    utterance: {
      asyncEnd: (message) => {
        const server = serverOf(message);
        const { outcome = 'failed', durationMs, bytes = 0, keyframes = 0 } = message;
        const ended = { ...server, 'avatarkit.utterance.outcome': outcome };
        seconds('avatarkit.client.utterance.duration', durationMs, ended);
        made['avatarkit.client.utterances'].add(1, ended);
        made['avatarkit.client.audio.sent'].add(bytes, server);
        made['avatarkit.client.keyframes.received'].add(keyframes, server);
      },
    },
    fleetWait: (message) => {
      if (message.stage !== 'ended') return;
      const attributes = { ...serverOf(message), 'avatarkit.admitted': message.admitted };
      seconds('avatarkit.client.fleet.wait_time', message.waitedMs, attributes);
    },
    fleetLease: (message) => {
      const { sessionId, change } = message;
      const server = serverOf(message);
      if (change === 'lost') made['avatarkit.client.fleet.leases_lost'].add(1, server);
      if (change === 'acquired' || change === 'regained') {
        leased.add(sessionId);
        made['avatarkit.client.fleet.leases'].add(1, server);
      } else if (leased.delete(sessionId)) made['avatarkit.client.fleet.leases'].add(-1, server);
    },
  };
}

type HistogramName = {
  [Name in keyof Rows]: Rows[Name]['kind'] extends 'histogram' ? Name : never;
}[keyof Rows];

function serverOf({ endpoint }: ChannelMessage): Attributes {
  return { 'server.address': endpoint.host, 'server.port': endpoint.port };
}
