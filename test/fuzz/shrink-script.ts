/**
 * Searches the shortest script that fails in the same way as a given one. It is easier to read, and can
 * become a test.
 */
import type { Script } from './step.js';

export async function shrinkScript(
  failing: Script,
  fails: (script: Script) => Promise<boolean>,
): Promise<Script> {
  let best = failing;
  for (let shrunk = true; shrunk;) {
    shrunk = false;
    for (const simpler of simplerThan(best)) {
      if (!(await fails(simpler))) continue;
      best = simpler;
      shrunk = true;
      break;
    }
  }
  return best;
}

function* simplerThan(script: Script): Generator<Script> {
  const { steps } = script;
  for (let size = Math.floor(steps.length / 2); size > 0; size = Math.floor(size / 2)) {
    for (let at = 0; at + size <= steps.length; at += size) {
      yield { ...script, steps: steps.filter((_, index) => index < at || index >= at + size) };
    }
  }
  if (script.throws) yield { ...script, throws: false };
  if (script.egress) yield { ...script, egress: false };
  if (script.within !== undefined) yield { ...script, within: undefined };
}
