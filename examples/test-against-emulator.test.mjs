// @ts-check
// How to test an application of your own: the embedded service takes the place of the real one, and fails on command.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AvatarSDKError, newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator, animate } from 'avatarkit-session/emulator';

/**
 * The application under test: says one thing, returns how far the mouth is open in each keyframe.
 * @param {import('avatarkit-session').AvatarSessionOptions} options
 * @param {Uint8Array} speech
 */
async function mouthMovements(options, speech) {
  const session = newAvatarSession(options);
  try {
    await session.start();
    const movements = [];
    for await (const { keyframes } of session.speak(speech)) {
      movements.push(...keyframes.map(({ jawPose }) => jawPose[0]));
    }
    return movements;
  } finally {
    await session.close();
  }
}

/** @param {AvatarEmulator} service */
const optionsFor = ({ sessionOptions }) => ({
  ...sessionOptions,
  retry: { backoff: { baseMs: 20, capMs: 100 } }, // a test need not wait as long as production
});

const speech = new Uint8Array(64_000).map((_, at) => (at % 2 === 0 ? 0 : (at >> 8) % 100));
const expected = animate(speech, 16_000).map(({ jawPose }) => jawPose[0]);

await test('a deploy in mid-sentence costs no movement', async (t) => {
  const service = await AvatarEmulator.start();
  t.after(() => service.stop());
  service.inject({ kind: 'close', phase: 'runtime', code: 4503, reason: 'deploy', afterAudioBytes: 32_000 });
  assert.deepEqual(await mouthMovements(optionsFor(service), speech), expected);
  assert.equal(service.peakOpenSockets, 1);
});

await test('a wrong API key is reported at once, without a retry', async (t) => {
  const service = await AvatarEmulator.start();
  t.after(() => service.stop());
  const options = { ...optionsFor(service), apiKey: 'wrong' };
  await assert.rejects(mouthMovements(options, speech), (error) => {
    return error instanceof AvatarSDKError && error.code === 'sessionTokenInvalid';
  });
  assert.equal(service.log.filter(({ event }) => event === 'tokenRequested').length, 1);
});
