// @ts-check
/** The assertions of the scenarios. They use no package of Node, so that they run on every runtime. */

/** @param {unknown} found @param {unknown} expected @param {string} what */
export function equal(found, expected, what) {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: ${left}, expected ${right}`);
}

/** @param {unknown} holds @param {string} what */
export function check(holds, what) {
  if (!holds) throw new Error(what);
}

/** @param {number} ms */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Polls every few milliseconds. The time limit of the scenario limits the wait.
 *
 * @param {() => unknown} condition
 */
export async function until(condition) {
  while (!(await condition())) await sleep(5);
}

/**
 * @param {Promise<unknown>} promise
 * @returns {Promise<import('avatarkit-session').AvatarSDKError>}
 */
export async function failureOf(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return /** @type {import('avatarkit-session').AvatarSDKError} */ (error);
  }
  throw new Error(`it did not fail: ${JSON.stringify(value)}`);
}

/**
 * PCM at 16 kHz: a tone with a varying loudness.
 * @param {number} seconds
 */
export function speech(seconds, sampleRateHz = 16_000) {
  const samples = new Int16Array(Math.round(seconds * sampleRateHz));
  for (let at = 0; at < samples.length; at += 1) {
    const timeS = at / sampleRateHz;
    const loudness = 8_000 * (1 + Math.sin(6 * timeS));
    samples[at] = Math.round(loudness * Math.sin(2 * Math.PI * 220 * timeS));
  }
  return new Uint8Array(samples.buffer);
}

/**
 * Speaks for this many seconds, and checks that each keyframe arrives once and in order.
 *
 * @param {import('avatarkit-session').AvatarSession} session
 * @param {number} seconds
 */
export async function speakWhole(session, seconds) {
  const utterance = session.speak(speech(seconds));
  let next = 0;
  for await (const frame of utterance) {
    equal(frame.index, next, 'the number of the next keyframe');
    next += frame.keyframes.length;
  }
  const finished = await utterance.finished;
  equal(next, seconds * 25, 'keyframes');
  return finished;
}
