// @ts-check
/**
 * Measures the latency that each turn of a conversation gains, in wall time: from `speak` to the first byte
 * that is passed to the system, and from the arrival of bytes at the TCP socket to the frame handler. Beside
 * it, a bare socket encodes and sends, and its `message` handler gets the bytes. Both are observed at the TCP
 * socket, while several conversations run.
 */
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSeededRandom } from 'avatarkit-session';
import WebSocket from 'ws';
import { encodeClientMessage } from '../../../dist/wire/encode.js';
import { MessageType } from '../../../dist/ports/message.js';
import { openSession, startPeer } from '../ends.mjs';
import { median } from '../measure.mjs';

const CONVERSATIONS = 8;
const PIECE = new Uint8Array(640).fill(7);
/** The last piece of audio of a turn. It is smaller than `SMALL_BYTES` of the peer, which answers it with the last frame. */
const LAST = new Uint8Array(320).fill(7);
const PIECES_PER_TURN = 6;
const PIECE_MS = 20;
const PARTS = /** @type {const} */ ([
  ['p50', 0.5],
  ['p99', 0.99],
]);

/** @typedef {{ arrivedAtMs: number, wroteAtMs: number | undefined }} Wire the time of the last received bytes, and of the first sent ones */
/** @typedef {{ out: number[], back: number[], both: number[] }} Samples in milliseconds, one for each turn */
/** @typedef {(samples: Samples) => Promise<void>} Turn */

/** @param {boolean} quick */
export async function measure(quick) {
  const [rounds, turns] = quick ? [1, 2] : [5, 25];
  const peer = await startPeer({ awake: !quick, answers: true });
  const raws = await Promise.all(conversations(() => rawTurn(peer.rawUrl)));
  const controls = await Promise.all(conversations(() => rawTurn(peer.rawUrl)));
  const sessions = await Promise.all(conversations(() => sessionTurn(peer.options)));
  const contenders = { raw: raws, 'a second raw': controls, ours: sessions };
  /** @type {{ raw: Samples[], 'a second raw': Samples[], ours: Samples[] }} */
  const measured = { raw: [], 'a second raw': [], ours: [] };
  for (let round = -1; round < rounds; round += 1) {
    for (const name of /** @type {const} */ (['raw', 'ours', 'a second raw'])) {
      const samples = await converse(contenders[name], turns, round);
      if (round >= 0) measured[name].push(samples);
    }
  }
  await Promise.all(
    Object.values(contenders)
      .flat()
      .map(({ close }) => close()),
  );
  peer.stop();
  const { raw, ...others } = measured;
  return PARTS.flatMap(([part, share]) =>
    Object.entries(others).flatMap(([who, own]) => [
      row(`speak to the wire, ${part}`, who, own, raw, ({ out }) => out, share),
      row(`arrival to the frame handler, ${part}`, who, own, raw, ({ back }) => back, share),
      row(`both ways in a turn, ${part}`, who, own, raw, ({ both }) => both, share),
    ]),
  );
}

/** @template T @param {(number: number) => T} make */
function conversations(make) {
  return Array.from({ length: CONVERSATIONS }, (_, number) => make(number));
}

/**
 * Every session speaks one turn after the other at the pace of speech, and starts at a random time.
 * @param {readonly { turn: Turn }[]} all
 * @param {number} turns
 * @param {number} round
 */
async function converse(all, turns, round) {
  const random = createSeededRandom(round + 1_000);
  /** @type {Samples} */
  const samples = { out: [], back: [], both: [] };
  await Promise.all(
    all.map(async ({ turn }) => {
      for (let number = 0; number < turns; number += 1) {
        await sleep(random.next() * 40);
        await turn(samples);
      }
    }),
  );
  return samples;
}

/** An agent whose socket records when bytes arrive, before they are read, and when bytes are passed to the system. */
function watched() {
  /** @type {Wire} */
  const wire = { arrivedAtMs: 0, wroteAtMs: undefined };
  const agent = new Agent();
  agent.createConnection = (options) => {
    const socket = connect(/** @type {import('node:net').NetConnectOpts} */ (options));
    socket.setNoDelay(true);
    socket.on('data', () => void (wire.arrivedAtMs = performance.now()));
    const write = socket._write.bind(socket);
    const writev = socket._writev?.bind(socket);
    const wrote = () => void (wire.wroteAtMs ??= performance.now());
    socket._write = (...given) => {
      wrote();
      write(...given);
    };
    socket._writev = (...given) => {
      wrote();
      writev?.(...given);
    };
    return socket;
  };
  return { wire, agent };
}

/** @param {string} url */
async function rawTurn(url) {
  const { wire, agent } = watched();
  const socket = new WebSocket(url, { agent, perMessageDeflate: false, maxPayload: 16 * 1024 * 1024 });
  socket.on('error', () => undefined);
  await once(socket, 'open');
  let turns = 0;
  const send = (/** @type {string} */ reqId, /** @type {Uint8Array} */ audio, end = false) =>
    socket.send(encodeClientMessage({ type: MessageType.clientAudioInput, reqId, end, audio }));
  /** @type {Turn} */
  const turn = async (samples) => {
    const reqId = `20260101000000_${String((turns += 1)).padStart(12, '0')}`;
    /** @type {Promise<number>} */
    const framed = new Promise((resolve) => socket.once('message', () => resolve(performance.now())));
    wire.wroteAtMs = undefined;
    const spokeAtMs = performance.now();
    send(reqId, PIECE);
    await turnOver(wire, spokeAtMs, framed, samples, async () => {
      for (let piece = 1; piece < PIECES_PER_TURN; piece += 1) {
        await sleep(PIECE_MS);
        send(reqId, PIECE);
      }
      const last = once(socket, 'message');
      send(reqId, LAST, true);
      await last;
    });
  };
  const close = () => {
    socket.terminate();
    return Promise.resolve();
  };
  return { turn, close };
}

/** @param {import('avatarkit-session').AvatarSessionOptions} options */
async function sessionTurn(options) {
  const { wire, agent } = watched();
  const session = await openSession({ ...options, agent });
  /** @type {Turn} */
  const turn = async (samples) => {
    /** @type {Promise<number>} */
    const framed = new Promise((resolve) => session.once('frame', () => resolve(performance.now())));
    wire.wroteAtMs = undefined;
    const spokeAtMs = performance.now();
    const utterance = session.speak();
    void utterance.write(PIECE);
    await turnOver(wire, spokeAtMs, framed, samples, async () => {
      for (let piece = 1; piece < PIECES_PER_TURN; piece += 1) {
        await sleep(PIECE_MS);
        await utterance.write(PIECE);
      }
      await utterance.end(LAST);
      await utterance.finished;
    });
  };
  return { turn, close: () => session.close() };
}

/**
 * @param {Wire} wire
 * @param {number} spokeAtMs
 * @param {Promise<number>} framed time at which the handler got the first frame of the turn
 * @param {Samples} samples
 * @param {() => Promise<void>} rest waits for the rest of the turn
 */
async function turnOver(wire, spokeAtMs, framed, samples, rest) {
  let back = NaN;
  const heard = framed.then((atMs) => (back = atMs - wire.arrivedAtMs));
  await rest();
  await heard;
  const out = (wire.wroteAtMs ?? NaN) - spokeAtMs;
  samples.out.push(out);
  samples.back.push(back);
  samples.both.push(out + back);
}

/**
 * @param {string} subject @param {string} who @param {readonly Samples[]} own @param {readonly Samples[]} base
 * @param {(samples: Samples) => number[]} what @param {number} share
 */
function row(subject, who, own, base, what, share) {
  const each = (/** @type {readonly Samples[]} */ rounds) =>
    rounds.map((samples) => partOf(what(samples), share));
  const [figures, raw] = [each(own), each(base)];
  const ratios = figures.map((figure, round) => figure / (raw[round] ?? NaN));
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
  return {
    subject,
    who,
    unit: 'µs',
    value: median(figures),
    raw: median(raw),
    ratio: median(ratios),
    low,
    high,
  };
}

/** Microseconds. @param {readonly number[]} samplesMs @param {number} share */
function partOf(samplesMs, share) {
  return 1_000 * (samplesMs.toSorted((a, b) => a - b)[Math.floor(share * (samplesMs.length - 1))] ?? NaN);
}
