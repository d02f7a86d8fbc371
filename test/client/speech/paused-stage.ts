/** A session without egress whose sinks record what they get, in virtual time. */
import type { AvatarSessionOptions, Utterance } from '../../../src/index.js';
import { confirmedSession, wireIdsOf } from '../../support/confirmed-session.js';
import type { VirtualSession } from '../virtual-session.js';

export const SECOND = new Uint8Array(32_000);

export interface Stage extends VirtualSession {
  /**
   * The deliveries to the sinks, in order: `callback 0`, `listener 0`, `raw`; and playback events as `started
   * 0` or `paused 80`.
   */
  readonly got: string[];
  readonly wireIds: () => string[];
  /** Lets the service answer the latest request, or the given one, with `count` messages of one keyframe. */
  readonly animate: (count: number, more?: { end?: boolean; reqId?: string; floats?: number }) => void;
}

export async function stage(
  options: Partial<AvatarSessionOptions> = {},
  capabilities: readonly string[] = [],
): Promise<Stage> {
  const got: string[] = [];
  const virtual = await confirmedSession(
    {
      retry: { backoff: { baseMs: 10 } },
      onFrame: ({ index }) => got.push(`callback ${index}`),
      transportFrames: () => got.push('raw'),
      onPlayback: ({ state, positionMs }) => got.push(`${state} ${positionMs ?? '?'}`),
      ...options,
    },
    { service: (dial) => void dial.confirm(undefined, capabilities), takesFrames: false },
  );
  const { session, transport } = virtual;
  session.on('frame', ({ index }) => got.push(`listener ${index}`));
  const wireIds = (): string[] => wireIdsOf(virtual);
  return {
    ...virtual,
    got,
    wireIds,
    animate: (count, { end = false, reqId = wireIds().at(-1) ?? '', floats = 1 } = {}) => {
      for (let nth = 1; nth <= count; nth += 1)
        transport.latest.animate(reqId, 1, { end: end && nth === count, floats });
    },
  };
}

export async function begin({ session, clock }: Stage): Promise<Utterance> {
  const utterance = session.speak();
  await utterance.write(SECOND);
  await clock.settle();
  return utterance;
}

/** Reads the frames in the background, and returns the list of their indices, which grows. */
export function readAll(utterance: Utterance): number[] {
  const indices: number[] = [];
  void (async () => {
    for await (const { index } of utterance) indices.push(index);
  })().catch(() => indices.push(-1));
  return indices;
}

/** The text form of a frame in the records of the sinks. */
export const once = (index: number): string[] => [`callback ${index}`, `listener ${index}`, 'raw'];
/** The playback events in this record. */
export const states = (got: readonly string[]): string[] => got.filter((line) => /^[a-z]+ed /.test(line));
