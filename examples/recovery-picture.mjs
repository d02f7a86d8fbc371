// @ts-check
// Draws the picture of docs/reconnecting.md from a real run, and replaces it: a service resets the socket in the middle of an
// utterance. Another file: node examples/recovery-picture.mjs FILE.
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSeededRandom, createWsTransport, newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';

const CHUNK_MS = 40; // as much audio as one keyframe stands for
const [CHUNKS, LEAD_IN] = [75, 25]; // the lead-in (replay.leadInMs) is sent again before the first missing keyframe
/** @type {{ audio: number[], keyframes: number[] }[]} when each chunk went out over a connection, and each keyframe came in */
const connections = [];
const delivered = [0].slice(1); // when keyframe n was handed to the application
const states = [{ at: 0, state: 'websocket_runtime' }];
const notes = [''];
let start = 0;
const now = () => Math.round((performance.now() - start) / 10) * 10; // two runs give nearly the same
const service = await AvatarEmulator.start({
  pace: 4, // faster than speech: what is sent again catches up
  faults: [{ kind: 'reset', phase: 'runtime', afterKeyframes: 30 }],
});
const session = newAvatarSession({
  ...service.sessionOptions,
  random: createSeededRandom(5),
  transport: recording(createWsTransport()),
  onFrame: ({ index, keyframes }) => keyframes.forEach((_, n) => (delivered[index + n] = now())),
  onRetry: ({ error, attempt, delayMs }) =>
    notes.splice(0, 1, error.code, `attempt ${attempt} in ${delayMs} ms`),
});
await session.start();
session.on('state', ({ to }) => states.push({ at: now(), state: to }));
start = performance.now();
const utterance = session.speak();
for (let sent = 0; sent < CHUNKS; sent += 1) {
  await sleep(Math.max(0, start + sent * CHUNK_MS - performance.now()));
  await utterance.write(new Uint8Array(32 * CHUNK_MS));
}
await utterance.end();
const { outcome } = await utterance.finished;
const endAt = now();
await writeFile(process.argv[2] ?? new URL('../docs/pictures/recovery.svg', import.meta.url), picture());
const skipped = connections.flatMap(({ keyframes }) => keyframes).length - delivered.length;
console.log(`${delivered.length} keyframes, ${outcome}, ${skipped} skipped, ${notes.join(', ')}`);
await session.close();
await service.stop();

/** The same transport, with all that passes written down. @param {import('avatarkit-session').Transport} inner */
function recording(inner) {
  /** @type {import('avatarkit-session').Transport['dial']} */
  const dial = async (request, sink) => {
    const seen = { audio: [0].slice(1), keyframes: [0].slice(1) };
    connections.push(seen);
    const connection = await inner.dial(request, {
      message: (data) => {
        if (data.length > 200) seen.keyframes.push(now()); // not the confirmation
        sink.message(data);
      },
      closed: (...end) => sink.closed(...end),
      violated: (...how) => sink.violated(...how),
      drained: () => sink.drained(),
    });
    const send = connection.send.bind(connection);
    connection.send = (bytes) => {
      if (bytes.length > 32 * CHUNK_MS) seen.audio.push(now()); // not the configuration
      send(bytes);
    };
    return connection;
  };
  return { ...inner, dial };
}

/** Time runs to the right; in the lanes of the connections, speech runs upwards. */
function picture() {
  const x = (at = 0) => Math.round(1300 + (at / endAt) * 6450) / 10;
  const text = (left = 0, line = 0, words = '', look = '') =>
    `<text x="${left}" y="${line}" class="${look}">${words}</text>`;
  const box = (from = 0, to = 0, top = 0, height = 0, look = '') =>
    `<path d="M${x(from)} ${top}H${x(to)}v${height}H${x(from)}z" class="${look}"/>`;
  const strip = states.map(({ at, state }, n) => box(at, states[n + 1]?.at ?? endAt, 66, 24, state));
  const [lostAt = 0, backAt = 0] = [states[1]?.at, states.at(-1)?.at];
  const mark = (cx = '', cy = '', look = '') => `<circle cx="${cx}" cy="${cy}" r="2.6" class="${look}"/>`;
  const lanes = connections.map(({ audio, keyframes }, lane) => {
    const floor = 222 + lane * 122;
    const before = lane === 0 ? 0 : (connections[0]?.keyframes.length ?? 0);
    const again = Math.min(LEAD_IN, before);
    const y = (n = 0) => (floor - ((before - again + n + 1) / CHUNKS) * 104).toFixed(1);
    return `${text(16, floor - 62, `connection ${lane + 1}`, 'name')}${text(122, floor - 98, `${(CHUNKS * CHUNK_MS) / 1000} s`, 'small end')}
${text(16, floor - 44, lane === 0 ? 'until the reset' : 'from the lead-in')}${text(122, floor + 1, '0 s', 'small end')}
<path d="M${audio.map((at, n) => `${x(at)} ${y(n)}`).join('L')}" class="audio"/>
${keyframes.map((at, n) => mark(`${x(at)}`, y(n), n < again ? 'hole' : 'dot')).join('')}`;
  });
  const grid = Array.from({ length: Math.ceil(endAt / 500) }, (_, n) => {
    return text(x(n * 500), 432, `${n / 2} s`, 'small mid') + box(n * 500, n * 500, 108, 306, 'grid');
  });
  const middle = x((lostAt + backAt) / 2);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 470">
<title>One recovery: the line drops in mid-sentence, and every keyframe arrives exactly once</title>
<style>
text { font: 13px Helvetica, Arial, sans-serif; fill: #3d4852 } .name { font-weight: 600; fill: #1b242c } .title { font-size: 17px }
.small { font-size: 11px; fill: #66737f } .mid { text-anchor: middle } .end { text-anchor: end } .on { fill: #fff }
.lane { fill: #f4f6f8 } .outage { fill: #f8ebe0 } .grid { stroke: #dde3e8 } .audio { fill: none; stroke: #8795a1; stroke-width: 2 }
.dot { fill: #2b6cb0 } .hole { fill: #fff; stroke: #2b6cb0 } .mark { stroke: #2b6cb0; stroke-width: 1.2 }
.websocket_runtime { fill: #2f7d5b } .waiting { fill: #b4602a } .session_token, .websocket_connect { fill: #d9a441 }
</style>
<path d="M0 0H800V470H0z" fill="#fff"/>
${text(16, 30, 'One recovery, drawn from a real run', 'name title')}
${text(16, 50, `The service resets the socket in mid-sentence; ${CHUNKS} keyframes of speech arrive, each exactly once.`)}
${text(16, 82, 'session', 'name')}${strip.join('')}
${text(x(lostAt / 2), 82, 'websocket_runtime', 'on mid')}${text(middle, 82, 'waiting', 'on mid')}${text(x((backAt + endAt) / 2), 82, 'websocket_runtime', 'on mid')}
${box(0, endAt, 112, 114, 'lane')}${box(0, endAt, 234, 114, 'lane')}${grid.join('')}${box(lostAt, backAt, 108, 306, 'outage')}
${text(middle, 132, notes[0], 'name mid')}${text(middle, 149, notes[1], 'mid')}
${lanes.join('\n')}
${text(16, 382, 'application', 'name')}${text(16, 400, 'each one once')}<path d="${delivered.map((at) => `M${x(at)} 366v38`).join('')}" class="mark"/>
<path d="M130 453h24" class="audio"/>${text(160, 457, 'audio sent')}${mark('268', '453', 'dot')}${text(278, 457, 'keyframe delivered')}
${mark('428', '453', 'hole')}${text(438, 457, 'keyframe that had come before the reset: skipped')}
</svg>
`;
}
