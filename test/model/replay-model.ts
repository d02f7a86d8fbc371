/**
 * Makes a model of something that changes in place and can't be copied: every state is reached again, by playing its steps
 * on a fresh world. What a state shows is read at once, and the world is then used up to see that it can come to an end.
 */
import type { Model } from './breadth-first.js';

export interface World {
  /** What can happen now. */
  actions(): readonly string[];
  /** Lets it happen. Throws what must not happen. */
  play(action: string): void;
  /** All that distinguishes this state from others. */
  key(): string;
  /** Plays on until all is over; throws when that never comes. The world is not used afterwards. */
  finish(): void;
}

export interface Replayed {
  readonly steps: readonly string[];
  readonly actions: readonly string[];
  readonly key: string;
}

export function replayModel(create: () => World): Model<Replayed, string> {
  const reach = (steps: readonly string[]): Replayed => {
    const world = create();
    for (const step of steps) world.play(step);
    const reached = { steps, actions: world.actions(), key: world.key() };
    world.finish();
    return reached;
  };
  return {
    initial: () => reach([]),
    actions: ({ actions }) => actions,
    apply: ({ steps }, action) => reach([...steps, action]),
    check: () => undefined,
    key: ({ key }) => key,
  };
}
