/** Ogg Opus from the real encoder, with the embedded service over real sockets. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { decodeWav } from '../../src/audio/decode-wav.js';
import { animate } from '../../src/emulator/animation/animator.js';
import type { Fault } from '../../src/emulator/index.js';
import { PROJECT } from '../source-imports.js';
import { openTrial } from './scenario-support/trial.js';

const { pcm } = decodeWav(await readFile(join(PROJECT, 'examples/audio/speech.wav')));
const KEYFRAMES = animate(pcm, 16_000).length;
const cut: Fault = { kind: 'reset', phase: 'runtime', nth: 1, afterKeyframes: 100 };

function inChunks(bytes: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(pcm.length / bytes) }, (_, nth) =>
    pcm.subarray(nth * bytes, (nth + 1) * bytes),
  );
}

describe('speech that is encoded to Ogg Opus', () => {
  it.each([1, 2, 3])('has as many keyframes as its PCM, with a tenth of the bytes: seed %i', async (seed) => {
    await using trial = await openTrial(
      { seed, maxHeardBytes: 1e7 },
      { audioFormat: 'ogg_opus', oggOpusEncoder: true },
    );
    const { session, service } = trial;
    await session.start();
    const utterance = session.speak(inChunks([640, 4_801, pcm.length][seed - 1] ?? 640));
    expect(await utterance.finished).toMatchObject({ outcome: 'delivered', keyframes: KEYFRAMES });
    const [heard] = service.heard;
    expect(heard?.audio.length).toBeLessThan(pcm.length / 10);
    expect(heard?.durationMs).toBeCloseTo((pcm.length / 32_000) * 1_000, 3);
  });

  it('continues with the lead-in after a reset: every keyframe is delivered once, and only the tail is sent again', async () => {
    await using trial = await openTrial(
      { faults: [cut], pace: 5, maxHeardBytes: 1e7 },
      {
        audioFormat: 'ogg_opus',
        oggOpusEncoder: { frameDurationMs: 40, application: 'audio', bitrate: 24_000 },
      },
    );
    const { session, service, seen } = trial;
    await session.start();
    const utterance = session.speak(pcm);
    expect(await utterance.finished).toMatchObject({ outcome: 'replayed', keyframes: KEYFRAMES });
    let index = 0;
    for (const frame of seen.framesOf(utterance.reqId)) {
      expect(frame.index).toBe(index);
      index += frame.keyframes.length;
    }
    const [first, second] = service.heard;
    const delivered = seen.framesOf(utterance.reqId).findIndex(({ resumed }) => resumed);
    const resumedAt = seen.framesOf(utterance.reqId)[delivered]?.index ?? 0;
    expect(resumedAt).toBeGreaterThan(0);
    expect(Buffer.from(second?.audio ?? []).toString('latin1', 0, 4)).toBe('OggS');
    // The second sending begins 25 keyframes before the first missing one.
    expect((first?.durationMs ?? 0) - (second?.durationMs ?? 0)).toBeCloseTo((resumedAt - 25) * 40, 3);
  });
});

const START_WITHOUT_PACKAGE = `
import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(\`
  export function resolve(specifier, context, next) {
    if (specifier === '@evan/opus') throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    return next(specifier, context);
  }\`));
const { newAvatarSession } = await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)});
const asked = [];
const session = newAvatarSession({
  appId: 'a', avatarId: 'v', ingressEndpointUrl: 'ws://127.0.0.1:9',
  tokenProvider: () => { asked.push('token'); return 't'; },
  audioFormat: 'ogg_opus', oggOpusEncoder: true,
  onError: () => undefined,
});
const { code, message, remediation } = await session.start().catch((error) => error);
console.log(JSON.stringify({ code, message, remediation, asked }));
`;

describe('the package of the encoder', () => {
  it('is reported as missing at the start, with its name, before anything is sent', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      START_WITHOUT_PACKAGE,
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'invalidRequest',
      message: 'encoding Ogg Opus needs the package @evan/opus: npm install @evan/opus',
      remediation: expect.stringContaining('createEncoder') as string,
      asked: [],
    });
  });

  it('is not loaded with the main entry, nor by a session without an encoder', async () => {
    const program = `
      const { newAvatarSession } = await import(${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)});
      newAvatarSession({ apiKey: 'k', appId: 'a', avatarId: 'v', audioFormat: 'ogg_opus' });
      console.log(Object.keys((await import('node:module')).default._cache).filter((file) => file.includes('opus')).length);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    expect(stdout.trim()).toBe('0');
  });
});
