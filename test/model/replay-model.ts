/**
 * Makes a model of an object that changes in place and can't be copied: every state is reached by playing its
 * steps on a new world. The key of the state is read at once; then the world is played to its end, to check
 * that it can end.
 */
import type { Model } from './breadth-first.js';

export interface World {
  /** The actions that are possible now. */
  actions(): readonly string[];
  /** Performs the action. Throws if it does something forbidden. */
  play(action: string): void;
  /** Everything that distinguishes this state from other states. */
  key(): string;
  /** Plays until everything is over. Throws if this never happens. The world is not used afterwards. */
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
