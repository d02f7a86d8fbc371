/**
 * Makes a new script from known ones: repeats, removes and moves steps, inserts steps of other scripts, and
 * changes bytes of messages.
 */
import { CALLS } from './step.js';
import type { Script, Step } from './step.js';

type Draw = () => number;

const CLOSE_CODES = [
  1000, 1001, 1005, 1006, 1008, 1009, 1011, 1012, 1015, 4001, 4002, 4003, 4010, 4400, 4503, 4999,
];
const MAX_STEPS = 60;

export function mutateScript(corpus: readonly Script[], random: Draw): Script {
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(from: readonly T[]): T => {
    const picked = from[below(from.length)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  };
  const chosen = pick(corpus);
  let script = { ...chosen, steps: [...chosen.steps] };
  for (let change = 0; change <= below(4); change += 1) {
    const { steps } = script;
    const at = below(steps.length + 1);
    switch (below(9)) {
      case 0:
        steps.splice(at, 1);
        break;
      case 1:
        steps.splice(at, 0, ...steps.slice(below(steps.length + 1)).slice(0, 4));
        break;
      case 2:
        steps.splice(
          at,
          0,
          ...pick(corpus)
            .steps.slice(below(8))
            .slice(0, 1 + below(6)),
        );
        break;
      case 3:
        steps.splice(at, 0, madeUp(below, pick));
        break;
      case 4: {
        const [moved] = steps.splice(at, 1);
        if (moved !== undefined) steps.splice(below(steps.length + 1), 0, moved);
        break;
      }
      case 5:
        script = settings(script, pick(corpus), below);
        break;
      default: {
        const frames = steps.flatMap((step, index) => (step.kind === 'frame' ? [index] : []));
        if (frames.length === 0) break;
        const index = pick(frames);
        steps[index] = changedFrame(steps[index], below);
      }
    }
  }
  return { ...script, steps: script.steps.slice(0, MAX_STEPS) };
}

function settings(script: Script & { steps: Step[] }, other: Script, below: (limit: number) => number) {
  switch (below(4)) {
    case 0:
      return { ...script, confirms: !script.confirms };
    case 1:
      return { ...script, egress: !script.egress };
    case 2:
      return { ...script, throws: !script.throws };
    default:
      return { ...script, within: other.within };
  }
}

function madeUp(below: (limit: number) => number, pick: <T>(from: readonly T[]) => T): Step {
  switch (below(6)) {
    case 0:
      return { kind: 'pass', ms: 2 ** below(17) };
    case 1:
      return {
        kind: 'close',
        closeCode: pick(CLOSE_CODES),
        closeReason: pick([
          '',
          'livekit unauthorized',
          'expired',
          'extra-secret-71c4',
          '\u202E\u200B"token":[',
        ]),
      };
    case 2:
      return pick([
        { kind: 'drained' },
        { kind: 'violate' },
        { kind: 'text', text: '' },
        { kind: 'text', text: 'k0'.repeat(2_000) },
      ] as const);
    case 3: {
      const bytes = Array.from({ length: below(30) }, () => below(256));
      return { kind: 'frame', hex: Buffer.from(bytes).toString('hex') };
    }
    default:
      return { kind: 'call', call: pick(CALLS) };
  }
}

function changedFrame(step: Step | undefined, below: (limit: number) => number): Step {
  const bytes = step?.kind === 'frame' ? [...Buffer.from(step.hex, 'hex')] : [];
  for (let change = 0; change <= below(3); change += 1) {
    const at = below(bytes.length + 1);
    switch (below(5)) {
      case 0:
        bytes[at] = below(256);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      case 2:
        bytes.splice(at, 1 + below(8));
        break;
      case 3:
        bytes.splice(at, 0, ...Array.from({ length: 1 + below(4) }, () => below(256)));
        break;
      default:
        bytes.splice(at, 0, ...bytes.slice(below(bytes.length + 1)).slice(0, 16));
    }
  }
  return { kind: 'frame', hex: Buffer.from(bytes).toString('hex') };
}
