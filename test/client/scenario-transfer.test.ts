/**
 * Frames that the application transfers to another thread without a copy: the process and the other frames are not
 * affected.
 */
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { newAvatarSession } from '../../src/index.js';
import type { AvatarSessionOptions, Frame } from '../../src/index.js';
import { openTrial } from './scenario-support/trial.js';

const { port1 } = new MessageChannel();

/**
 * Whether the memory is still usable after the transfer. Memory that cannot be transferred is copied by older
 * versions of Node, and refused by newer ones.
 */
function post(view: Uint8Array | Float32Array): boolean {
  const { length } = view;
  try {
    port1.postMessage(view, [view.buffer as ArrayBuffer]);
  } catch {
    // This version of Node refuses the transfer.
  }
  return view.length === length;
}

const postRaw = (frame: Frame): boolean => post(frame.raw);
const postTyped = (frame: Frame): boolean =>
  frame.typedKeyframes.every((keyframe) => Object.values(keyframe).map(post).every(Boolean));

describe('a transfer list with the memory of a frame', () => {
  it.each<[string, (kept: (isHere: boolean) => void) => Partial<AvatarSessionOptions>]>([
    ['raw', (kept) => ({ onFrame: (frame) => kept(postRaw(frame)) })],
    ['typed keyframes', (kept) => ({ onFrame: (frame) => kept(postTyped(frame)) })],
    ['envelopes', (kept) => ({ transportFrames: (envelope) => kept(post(envelope)) })],
  ])('does not detach the memory: %s', async (_what, options) => {
    const kept: boolean[] = [];
    await using trial = await openTrial(
      {},
      options((isHere) => kept.push(isHere)),
    );
    await trial.session.start();
    await expect(trial.session.speak(new Uint8Array(64_000)).finished).resolves.toMatchObject({
      outcome: 'delivered',
      keyframes: 50,
    });
    expect([kept.length >= 50, kept.every(Boolean)]).toEqual([true, true]);
  });

  it('does not detach memory of frames that a slow loop has not taken yet', async () => {
    await using service = await AvatarEmulator.start();
    const { credentials, consoleEndpointUrl, ingressEndpointUrl } = service;
    await using session = newAvatarSession({ ...credentials, consoleEndpointUrl, ingressEndpointUrl });
    await session.start();
    const utterance = session.speak(new Uint8Array(64_000));
    await utterance.finished;
    const counts: number[] = [];
    for await (const frame of utterance) {
      expect([postRaw(frame), postTyped(frame)]).toEqual([true, true]);
      counts.push(frame.keyframes.length);
    }
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(50);
  });

  it('can contain a copy, which is transferred', async () => {
    await using service = await AvatarEmulator.start();
    const { credentials, consoleEndpointUrl, ingressEndpointUrl } = service;
    await using session = newAvatarSession({ ...credentials, consoleEndpointUrl, ingressEndpointUrl });
    await session.start();
    const utterance = session.speak(new Uint8Array(6_400));
    for await (const frame of utterance) {
      const copy = new Uint8Array(frame.raw);
      expect(post(copy)).toBe(false);
      expect(frame.keyframes).toHaveLength(frame.end ? frame.keyframes.length : 1);
    }
  });
});
