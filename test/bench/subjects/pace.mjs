// @ts-check
/**
 * A thousand sessions that speak at the pace of speech, 640 bytes every 20 ms: their share of one core, and
 * the delay of the event loop. Measured with a peer that does not answer, and with one that answers every 40
 * ms with a keyframe.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { encodeClientMessage } from '../../../dist/wire/encode.js';
import { MessageType } from '../../../dist/ports/message.js';
import { openRaw, openSession, startPeer } from '../ends.mjs';
import { median } from '../measure.mjs';

const CHUNK = new Uint8Array(640).fill(7);
const EVERY_MS = 20;

/** @param {boolean} quick */
export async function measure(quick) {
  return [...(await measurePeer(quick, false)), ...(await measurePeer(quick, true))];
}

/** @param {boolean} quick @param {boolean} answers */
async function measurePeer(quick, answers) {
  const count = quick ? 20 : 1_000;
  const forMs = quick ? 200 : 5_000;
  const rounds = quick ? 1 : 5;
  // These rounds are not counted, as in the other subjects: in the first ones the engine compiles, and learns
  // the lifetime of allocated objects.
  const warmUps = quick ? 0 : 2;
  const peer = await startPeer({ awake: !quick, answers });
  const raws = await openMany(count, () => openRaw(peer.rawUrl));
  const controls = await openMany(count, () => openRaw(peer.rawUrl));
  let frames = 0;
  const counted = () => void (frames += 1);
  for (const socket of [...raws, ...controls]) socket.on('message', counted);
  const sessions = await openMany(count, () => openSession({ ...peer.options, onFrame: counted }));
  /** @type {{ raw: Pace[], 'a second raw': Pace[], ours: Pace[] }} */
  const paces = { raw: [], 'a second raw': [], ours: [] };
  const message = encodeClientMessage({
    type: MessageType.clientAudioInput,
    reqId: 'raw',
    end: false,
    audio: CHUNK,
  });
  const chunk = answers ? message : CHUNK;
  for (let round = -warmUps; round < rounds; round += 1) {
    const raw = await speakAtPace(raws, (socket) => socket.send(chunk), forMs);
    const ours = await speakAtPace(sessions, (session) => void session.sendAudio(CHUNK), forMs);
    await Promise.all(sessions.map((session) => session.interrupt()));
    const control = await speakAtPace(controls, (socket) => socket.send(chunk), forMs);
    if (round < 0) continue;
    paces.raw.push(raw);
    paces.ours.push(ours);
    paces['a second raw'].push(control);
  }
  if (answers && frames === 0) throw new Error('the peer has not answered');
  await Promise.all(sessions.map((session) => session.close()));
  for (const socket of [...raws, ...controls]) socket.terminate();
  peer.stop();
  const subject = `${count} speaking, ${answers ? 'answered, ' : ''}640 bytes in 20 ms`;
  return [
    ...row(`${subject}: of one core`, '%', paces, ({ corePercent }) => corePercent),
    ...row(`${subject}: event-loop delay p50`, 'ms', paces, ({ p50Ms }) => p50Ms),
    ...row(`${subject}: event-loop delay p99`, 'ms', paces, ({ p99Ms }) => p99Ms),
  ];
}

/** @typedef {{ corePercent: number, p50Ms: number, p99Ms: number }} Pace */

/** @param {string} subject @param {string} unit @param {{ raw: Pace[], [who: string]: Pace[] }} paces @param {(pace: Pace) => number} what */
function row(subject, unit, { raw, ...others }, what) {
  return Object.entries(others).map(([who, own]) => {
    const ratios = own.map((pace, round) => what(pace) / what(raw[round] ?? pace));
    const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
    const [value, base] = [median(own.map(what)), median(raw.map(what))];
    return { subject, who, unit, value, raw: base, ratio: median(ratios), low, high };
  });
}

/** @template T @param {number} count @param {() => Promise<T>} open */
async function openMany(count, open) {
  /** @type {T[]} */
  const all = [];
  for (let i = 0; i < count; i += 20) all.push(...(await Promise.all(Array.from({ length: 20 }, open))));
  return all;
}

/**
 * Sends are spread over the 20 ms in twenty parts, as if the speakers had started at different times.
 * @template T
 * @param {T[]} speakers
 * @param {(speaker: T) => void} send
 * @param {number} forMs
 * @returns {Promise<Pace>}
 */
async function speakAtPace(speakers, send, forMs) {
  const parts = EVERY_MS;
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const cpu = process.cpuUsage();
  const startedAtMs = performance.now();
  let done = 0;
  await new Promise((resolve) => {
    const timer = setInterval(() => {
      const dueTicks = Math.min(Math.floor(performance.now() - startedAtMs), forMs);
      for (; done < dueTicks; done += 1) {
        for (let i = done % parts; i < speakers.length; i += parts) {
          const speaker = speakers[i];
          if (speaker !== undefined) send(speaker);
        }
      }
      if (done < forMs) return;
      clearInterval(timer);
      resolve(undefined);
    }, 1);
  });
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  return {
    corePercent: (user + system) / 10 / (performance.now() - startedAtMs),
    p50Ms: delay.percentile(50) / 1e6,
    p99Ms: delay.percentile(99) / 1e6,
  };
}
