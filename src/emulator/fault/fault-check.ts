/**
 * Decides whether an unknown value is a fault: kind, phase, names, bounds. Throws TypeError or RangeError that name the
 * option, the bound and the value. One table row per kind; the types in fault.ts say what the fields mean.
 */
import {
  MAX_TIMER_MS,
  refuseUnknownNames,
  requireBoolean,
  requireNumber,
  requireObject,
  requireOneOf,
  requireOptions,
  requireString,
} from '../../core/option/option-check.js';
import { shownValue } from '../../core/option/shown-value.js';
import type { Fault, FaultKind, FaultPhase } from './fault.js';

type Check = (name: string, value: unknown) => unknown;
interface KindRow {
  readonly phases: readonly FaultPhase[];
  readonly required?: Readonly<Record<string, Check>>;
  readonly optional?: Readonly<Record<string, Check>>;
}

const PHASES = ['token', 'upgrade', 'handshake', 'runtime'] as const;
const MAX_BYTES = 256 * 1024 * 1024;

const whole = (min: number, max: number): Check => {
  return (name, value) => requireNumber(name, value, { min, max, integer: true });
};
const count = whole(1, 1_000_000);
const timeMs: Check = (name, value) => requireNumber(name, value, { min: 0, max: MAX_TIMER_MS });
const text: Check = (name, value) => (value === '' ? value : requireString(name, value));
const closeCode: Check = (name, value) => {
  const code = requireNumber(name, value, { min: 1000, max: 4999, integer: true });
  if ([1004, 1005, 1006, 1015].includes(code) || (code > 1014 && code < 3000)) {
    throw new RangeError(
      `${name} must be a close code that may be sent (1000–1003, 1007–1014, 3000–4999), got ${code}`,
    );
  }
  return code;
};
const closeReason: Check = (name, value) => {
  text(name, value);
  const bytes = Buffer.byteLength(value as string);
  if (bytes > 123) throw new RangeError(`${name} must be at most 123 bytes, got ${bytes}`);
  return value;
};
const close: Check = (name, value) => checkFields(name, value, { code: closeCode }, { reason: closeReason });
const headers: Check = (name, value) => {
  for (const [header, content] of Object.entries(requireObject(name, value))) {
    if (/[^\w!#$%&'*+.^`|~-]/.test(header) || header === '') {
      throw new RangeError(`${name} must have valid header names, got ${shownValue(header)}`);
    }
    if (/[^\t\x20-\x7e\x80-\xff]/.test(requireString(`${name}.${header}`, content))) {
      throw new RangeError(`${name}.${header} must be Latin-1 text without control characters`);
    }
  }
};
const amount = (check: Check): Check => {
  return (name, value) => {
    if (!Array.isArray(value)) return check(name, value);
    const bounds: readonly unknown[] = value;
    const [least, most] = bounds;
    if (bounds.length !== 2) {
      throw new RangeError(`${name} must be a number or [least, most], got ${bounds.length} items`);
    }
    const low = requireNumber(`${name}[0]`, check(`${name}[0]`, least));
    const high = requireNumber(`${name}[1]`, check(`${name}[1]`, most));
    if (low > high) throw new RangeError(`${name}[0] must be at most ${name}[1], got ${low} and ${high}`);
    return [low, high];
  };
};
const status: Check = whole(100, 599);

const KINDS: Readonly<Record<FaultKind, KindRow>> = {
  refuse: { phases: ['token', 'upgrade'], required: { status }, optional: { body: text, headers } },
  gatewayPage: {
    phases: ['token', 'upgrade'],
    required: { status: whole(200, 599) },
    optional: { title: text, headers, json: requireBoolean },
  },
  reset: { phases: PHASES },
  hang: { phases: ['token', 'upgrade', 'handshake'] },
  delay: { phases: PHASES, required: { delayMs: timeMs } },
  acceptThenDrop: { phases: ['handshake'], optional: { dropAfterMs: timeMs, code: closeCode } },
  close: {
    phases: ['handshake', 'runtime'],
    required: { code: closeCode },
    optional: { reason: closeReason },
  },
  serverError: {
    phases: ['handshake', 'runtime'],
    required: { code: whole(-2_147_483_648, 2_147_483_647), message: text },
    optional: {
      reqId: (name, value) => requireOneOf(name, value, ['current', 'foreign', 'none']),
      thenClose: close,
    },
  },
  garble: { phases: ['handshake', 'runtime'], optional: { bytes: whole(1, MAX_BYTES), count } },
  textFrame: { phases: ['handshake', 'runtime'], optional: { text, count } },
  truncate: {
    phases: ['handshake', 'runtime'],
    required: { variant: (name, value) => requireOneOf(name, value, ['frame', 'message']) },
  },
  silence: {
    phases: ['handshake', 'runtime'],
    optional: { durationMs: timeMs, stopReading: requireBoolean },
  },
  deaf: { phases: ['runtime'], optional: { pongs: requireBoolean } },
  noPongs: { phases: ['runtime'] },
  pingBurst: { phases: ['runtime'], optional: { count } },
  earlyEnd: { phases: ['runtime'] },
  duplicateEnd: { phases: ['runtime'] },
  dropEnd: { phases: ['runtime'] },
  duplicateFrame: { phases: ['runtime'] },
  playedMsBackwards: { phases: ['runtime'], optional: { byMs: timeMs } },
  framesAfterInterrupt: { phases: ['runtime'], optional: { keyframes: count, overMs: timeMs } },
  foreignFrames: { phases: ['handshake', 'runtime'], optional: { count } },
  oversizedFrame: { phases: ['handshake', 'runtime'], required: { bytes: whole(1, MAX_BYTES) } },
  missingCapability: { phases: ['handshake'], required: { capability: requireString } },
  emptyConnectionId: { phases: ['handshake'] },
  confirmThenFrames: { phases: ['handshake'], optional: { count } },
};

const TRIGGER: Readonly<Record<string, Check>> = {
  nth: count,
  probability: (name, value) => requireNumber(name, value, { min: 0, max: 1 }),
  times: (name, value) => (value === 'always' ? value : count(name, value)),
};
const RUNTIME_TRIGGER: Readonly<Record<string, Check>> = {
  ...TRIGGER,
  request: count,
  afterKeyframes: amount(whole(0, 1_000_000_000)),
  afterMs: amount(timeMs),
  afterAudioBytes: amount(whole(0, Number.MAX_SAFE_INTEGER)),
};

export const FAULT_KINDS = Object.keys(KINDS) as readonly FaultKind[];

/** Returns a copy that the caller can't change afterwards. `name` is the path used in errors, `faults[2]`. */
export function checkFault(name: string, value: unknown): Fault {
  const given = requireOptions(name, value);
  const { kind, phase } = given;
  const row = KINDS[requireOneOf(`${name}.kind`, kind, FAULT_KINDS)];
  requireOneOf(`${name}.phase`, phase, row.phases);
  const known: Check = () => undefined;
  const triggers = phase === 'runtime' ? RUNTIME_TRIGGER : TRIGGER;
  checkFields(name, given, { kind: known, phase: known, ...row.required }, { ...triggers, ...row.optional });
  return structuredClone(value) as Fault;
}

function checkFields(
  name: string,
  value: unknown,
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>>,
): unknown {
  const object = requireOptions(name, value);
  refuseUnknownNames(name, object, [...Object.keys(required), ...Object.keys(optional)]);
  for (const [field, check] of Object.entries(required)) check(`${name}.${field}`, object[field]);
  for (const [field, check] of Object.entries(optional)) {
    if (object[field] !== undefined) check(`${name}.${field}`, object[field]);
  }
  return value;
}
