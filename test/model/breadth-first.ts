/**
 * A small model checker: visits every state that is reachable in a number of steps, nearest first, so that
 * the reported path to a violation is a shortest one. Independent of the model.
 */

export interface Model<State, Action> {
  readonly initial: () => State;
  readonly actions: (state: State) => readonly Action[];
  /**
   * Returns another state. `state` must not change, because other actions start from it. Throws if the action
   * does something forbidden.
   */
  readonly apply: (state: State, action: Action) => State;
  /** Throws if an invariant does not hold in this state. */
  readonly check: (state: State) => void;
  /** Equal for two states only if the same steps can follow both. */
  readonly key: (state: State) => string;
}

export interface Exploration<State> {
  readonly states: number;
  /** All steps taken, including those to known states. */
  readonly transitions: number;
  /** The number of steps from the initial state to the furthest one. */
  readonly depth: number;
  /** Whether every reachable state was visited, at any depth. */
  readonly complete: boolean;
  readonly reached: readonly State[];
}

interface Node<State, Action> {
  readonly state: State;
  readonly depth: number;
  readonly from: { readonly node: Node<State, Action>; readonly action: Action } | undefined;
}

/**
 * Explores all states within `maxDepth` steps. Throws at the first violation, with the steps that lead to it.
 */
export function explore<State, Action>(
  model: Model<State, Action>,
  maxDepth = Number.POSITIVE_INFINITY,
): Exploration<State> {
  const state = model.initial();
  const start: Node<State, Action> = { state, depth: 0, from: undefined };
  const known = new Set([model.key(state)]);
  const queue = [start];
  let transitions = 0;
  let depth = 0;
  let complete = true;
  judged([], () => model.check(state));
  for (const node of queue) {
    depth = node.depth;
    for (const action of model.actions(node.state)) {
      if (node.depth === maxDepth) {
        complete = false;
        break;
      }
      transitions += 1;
      const path = (): Action[] => [...pathTo(node), action];
      const next = judged(path, () => model.apply(node.state, action));
      const key = model.key(next);
      if (known.has(key)) continue;
      known.add(key);
      judged(path, () => model.check(next));
      queue.push({ state: next, depth: node.depth + 1, from: { node, action } });
    }
  }
  return { states: queue.length, transitions, depth, complete, reached: queue.map((node) => node.state) };
}

/**
 * Checks whether `key` distinguishes enough states, within `maxDepth` steps: two paths to one key must have
 * the same future, step by step. Returns the first key, and the step after it, for which this is not so;
 * undefined if there is none.
 */
export function confusedKey<State, Action>(
  { initial, actions, apply, key }: Model<State, Action>,
  maxDepth: number,
): string | undefined {
  const futureOf = (state: State): string[] =>
    actions(state).map((action) => `${String(action)} → ${key(apply(state, action))}`);
  const start = initial();
  const futures = new Map([[key(start), futureOf(start)]]);
  let level = [start];
  for (let depth = 0; depth < maxDepth; depth += 1) {
    const next: State[] = [];
    for (const state of level.flatMap((from) => actions(from).map((action) => apply(from, action)))) {
      const future = futureOf(state);
      const known = futures.get(key(state));
      if (known === undefined) {
        futures.set(key(state), future);
        next.push(state);
        continue;
      }
      const other = future.findIndex((step, index) => step !== known[index]);
      if (other >= 0) return `${key(state)}: ${future[other]}, and also ${known[other]}`;
    }
    level = next;
  }
  return undefined;
}

/** One line about an exploration, for the output of the tests. */
export function summary(
  name: string,
  { states, transitions, depth, complete }: Exploration<unknown>,
): string {
  const extent = complete ? `all there are, the furthest ${depth} steps away` : `to depth ${depth}`;
  return `model check of the ${name}: ${states} states, ${transitions} steps, ${extent}\n`;
}

function judged<Result, Action>(path: Action[] | (() => Action[]), judge: () => Result): Result {
  try {
    return judge();
  } catch (error) {
    const steps = typeof path === 'function' ? path() : path;
    const way = steps.length === 0 ? 'in the initial state' : `after ${steps.map(String).join(' → ')}`;
    throw new Error(`${way}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function pathTo<State, Action>(node: Node<State, Action>): Action[] {
  const path: Action[] = [];
  for (let at = node.from; at !== undefined; at = at.node.from) path.push(at.action);
  return path.reverse();
}
