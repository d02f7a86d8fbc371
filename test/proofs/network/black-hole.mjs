// @ts-check
/**
 * Makes one black hole in mid-sentence, in the network namespace of the client: `node black-hole.mjs
 * SECONDS`. Prints the result as one line of JSON.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Voice } from '../proxies/voice.mjs';
import { ENV, Line, SERVICE_ADDRESS } from './namespaces.mjs';

/**
 * A black hole up to this length is no loss: TCP sends the dropped packets again before the loss would be
 * detected.
 */
const NO_LOSS_MS = 1_000;
const NOTICED_WITHIN_MS = 3_000;
/** The time for the last utterance: a session may be in the middle of a long delay. */
const FINISH_WITHIN_MS = 60_000;
/** A sentence of eight seconds. The connection is cut in the middle of one. */
const MANNER = { chunks: 200 };
const CUT_AFTER_MS = 3_000;

const durationMs = Number(process.argv[2]) * 1_000;
const service = fork(fileURLToPath(new URL('service.mjs', import.meta.url)), {
  execPath: 'unshare',
  execArgv: ['--net', process.execPath],
  env: ENV,
});
/** @type {Voice[]} */
const voices = [];
try {
  await once(service, 'message');
  const line = new Line(service.pid ?? 0);
  service.send('the line is ready');
  const answer = /** @type {[import('./service.mjs').There]} */ (await once(service, 'message'));
  const { port, credentials } = answer[0];
  const voice = new Voice(
    {
      ...credentials,
      consoleEndpointUrl: `http://${SERVICE_ADDRESS}:${port}/v1/console`,
      ingressEndpointUrl: `ws://${SERVICE_ADDRESS}:${port}/v2/driveningress`,
    },
    MANNER,
  );
  voices.push(voice);
  await voice.start();
  await sleep(CUT_AFTER_MS);
  line.cut();
  const cutAtMs = performance.now();
  await sleep(durationMs);
  line.restore();
  await sleep(2_000);
  await voice.stop(FINISH_WITHIN_MS);
  const noticedMs = voice.lossesAtMs.map((atMs) => Math.round(atMs - cutAtMs));
  const complaints = [...voice.complaints, ...judge(noticedMs)];
  if (voice.utterances === 0) complaints.push('no utterance was finished');
  const { keyframes, reconnects, longestOutageMs, story } = voice;
  process.stdout.write(
    `${JSON.stringify({ complaints, noticedMs, keyframes, reconnects, longestOutageMs, story })}\n`,
  );
} finally {
  await Promise.all(voices.map((voice) => voice.stop(0)));
  service.disconnect();
}

/** @param {readonly number[]} noticedMs */
function judge(noticedMs) {
  if (durationMs <= NO_LOSS_MS) return noticedMs.length === 0 ? [] : [`a loss after ${noticedMs[0]} ms`];
  if (noticedMs.length !== 1)
    return [`${noticedMs.length} losses instead of one: ${noticedMs.join(', ')} ms`];
  const [afterMs = Infinity] = noticedMs;
  return afterMs <= NOTICED_WITHIN_MS ? [] : [`noticed after ${afterMs} ms`];
}
