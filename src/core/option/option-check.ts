/**
 * Checks of single option values, shared by everything that takes options. Each throws before any I/O: TypeError
 * for the wrong kind of value, RangeError for a value out of bounds; both name the option, the bound and the value.
 * Zero, false and the empty object are values; whether undefined means "not given" is the caller's to decide.
 * Values are shown where they can't be a secret (shown-value.ts); values of secret options are never shown: pass those to
 * `requireSecret`. Options are the own properties of an object: what it inherits is none, also from a polluted prototype.
 */
import { kindOf, shownName, shownValue } from './shown-value.js';

/** Node and browsers fire a longer timer after 1 ms instead. */
export const MAX_TIMER_MS = 2_147_483_647;

export interface NumberBounds {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
  /** Whether Infinity ("no limit") is allowed. Default false. */
  readonly infinite?: boolean;
  /** Whether null is allowed, which is what JSON makes of Infinity; it is returned as Infinity. Default false. */
  readonly nullable?: boolean;
}

export function requireNumber(name: string, value: unknown, bounds: NumberBounds = {}): number {
  const { min = -Infinity, max = Infinity, integer = false, infinite = false, nullable = false } = bounds;
  if (nullable && value === null) return Infinity;
  if (typeof value !== 'number') {
    throw new TypeError(`${name} must be a number, got ${shownValue(value)}`);
  }
  if (infinite && value === Infinity) return value;
  if (!Number.isFinite(value) || value < min || value > max || (integer && !Number.isInteger(value))) {
    throw new RangeError(
      `${name} must be ${describe(min, max, integer, infinite)}${nullable ? ' (null in JSON)' : ''}, got ${shownValue(value)}`,
    );
  }
  return value;
}

export function requireString(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, got ${shownValue(value)}`);
  if (value === '') throw new RangeError(`${name} must not be empty, got ""`);
  return value;
}

/** As `requireString`, and never shows the value. */
export function requireSecret(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, got ${kindOf(value)}`);
  if (value === '') throw new RangeError(`${name} must not be empty, got ""`);
  return value;
}

export function requireBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean')
    throw new TypeError(`${name} must be true or false, got ${shownValue(value)}`);
  return value;
}

/** That it is a function is all that can be checked; its signature is the caller's to state. */
export function requireFunction(name: string, value: unknown): (...args: never[]) => unknown {
  if (typeof value !== 'function')
    throw new TypeError(`${name} must be a function, got ${shownValue(value)}`);
  return value as (...args: never[]) => unknown;
}

/** @param expected what the message asks for, where an object is not the only way to write the option. */
export function requireObject(name: string, value: unknown, expected = 'an object'): Record<string, unknown> {
  const kind = kindOf(value);
  if (kind === 'object') return value as Record<string, unknown>;
  throw new TypeError(`${name} must be ${expected}, got ${shownValue(value)}`);
}

/**
 * The options that an object holds: a copy of its own enumerable properties, which inherits nothing. Every name is read once.
 *
 * @param known the names that there are; what is misspelt is refused. Absent: every name.
 * @throws TypeError for what is no object, for an unknown name, and where a property can't be read
 */
export function requireOptions(
  path: string,
  value: unknown,
  known?: readonly string[],
  expected?: string,
): Record<string, unknown> {
  const given = requireObject(path === '' ? 'options' : path, value, expected);
  const own = Object.create(null) as Record<string, unknown>;
  try {
    Object.assign(own, given);
  } catch (cause) {
    // A getter or a Proxy of the application.
    throw new TypeError(`${path === '' ? 'options' : path} can't be read: a property throws`, { cause });
  }
  if (known !== undefined) refuseUnknownNames(path, own, known);
  return own;
}

/** As `check`; what a getter or a Proxy of the application throws meanwhile becomes a TypeError, with that as its cause. */
export function checkingOptions<Checked>(check: () => Checked): Checked {
  try {
    return check();
  } catch (error) {
    if (isRefusal(error)) throw error;
    throw new TypeError("options can't be read: a property throws", { cause: error });
  }
}

function isRefusal(error: unknown): boolean {
  try {
    return error instanceof TypeError || error instanceof RangeError;
  } catch {
    return false; // A revoked Proxy.
  }
}

/** TypeError when not even the type fits, RangeError when the value is none of `allowed`. */
export function requireOneOf<T extends string | number | boolean>(
  name: string,
  value: unknown,
  allowed: readonly T[],
): T {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  const message = `${name} must be one of ${allowed.join(', ')}, got ${shownValue(value)}`;
  throw allowed.some((one) => typeof one === typeof value) ? new RangeError(message) : new TypeError(message);
}

/** Refuses misspelt names; `prefix` is the path of the object (`retry.backoff`), empty at top level. */
export function refuseUnknownNames(prefix: string, value: object, known: readonly string[]): void {
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const shown = shownName(name);
    const path = prefix === '' ? shown : shown === name ? `${prefix}.${name}` : `of ${prefix} ${shown}`;
    const meant = closestName(name, known);
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    throw new TypeError(`unknown option ${path}; known names: ${known.join(', ')}${hint}`);
  }
}

function describe(min: number, max: number, integer: boolean, infinite: boolean): string {
  const kind = integer ? 'a whole number' : 'a finite number';
  const bound =
    min > -Infinity && max < Infinity
      ? ` from ${min} to ${max}`
      : min > -Infinity
        ? ` of at least ${min}`
        : max < Infinity
          ? ` of at most ${max}`
          : '';
  return `${kind}${bound}${infinite ? ' or Infinity' : ''}`;
}

/** Longer names are no slips of the hand, and comparing takes time with the square of the length. */
const MAX_NAME_CHARACTERS = 40;
/** A name that is part of another one counts as close from this length on: `room` for `roomName`. */
const MIN_PART_CHARACTERS = 3;

/** Undefined where no known name is close: at most a third of the characters differ, or one name contains the other. */
export function closestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > MAX_NAME_CHARACTERS) return undefined;
  const given = plain(name);
  let closest: string | undefined;
  let least = Math.floor(given.length / 3) + 1;
  for (const candidate of known) {
    const edits = distance(given, plain(candidate));
    if (edits >= least) continue;
    least = edits;
    closest = candidate;
  }
  return closest ?? known.find((candidate) => contains(given, plain(candidate)));
}

/** `API_key` and `api-key` are spellings of `apiKey`. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_\s-]/g, '');
}

function contains(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.length >= MIN_PART_CHARACTERS && long.includes(short);
}

/** Insertions, deletions and replacements (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 0; i < from.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j += 1) {
      const replaced = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}

/** Milliseconds taken for seconds would be a date after the year 5000. */
const MAX_UNIX_SECONDS = 100_000_000_000;

export type UnixTime =
  { readonly epochMs: number } | { readonly problem: 'kind' | 'milliseconds' | 'invalidDate' };

/** A Date of any realm counts as one. */
export function readUnixTime(value: unknown): UnixTime {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return { problem: 'kind' };
    return value > MAX_UNIX_SECONDS ? { problem: 'milliseconds' } : { epochMs: value * 1_000 };
  }
  const epochMs = dateMs(value);
  if (epochMs === undefined) return { problem: 'kind' };
  return Number.isNaN(epochMs) ? { problem: 'invalidDate' } : { epochMs };
}

function dateMs(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return undefined; // No Date.
  }
}
