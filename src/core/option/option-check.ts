/**
 * Checks of single option values, shared by all code that takes options. Each throws before any I/O: TypeError for the wrong kind of
 * value, RangeError for a value out of bounds; both name the option, the bound and the value. Zero, false and the empty object are
 * values; the caller decides whether undefined means "not given". Values are shown if they can't be a secret (shown-value.ts); values of
 * secret options are never shown: pass those to `requireSecret`. Only own properties of an object are options: inherited ones are
 * ignored, also those of a polluted prototype.
 */
import { bareObject, withoutPrototype } from './plain-object.js';
import { didYouMean, kindOf, shownName, shownNumber, shownValue } from './shown-value.js';

/** The longest timer. Node and browsers fire a longer one after 1 ms. */
export const MAX_TIMER_MS = 2_147_483_647;

export interface NumberBounds {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
  /** Whether Infinity ("no limit") is allowed. Default false. */
  readonly infinite?: boolean;
  /** Whether null is allowed, which JSON writes for Infinity; it is returned as Infinity. Default false. */
  readonly nullable?: boolean;
}

export function requireNumber(name: string, value: unknown, bounds: NumberBounds = {}): number {
  const {
    min = -Infinity,
    max = Infinity,
    integer = false,
    infinite = false,
    nullable = false,
  } = withoutPrototype(bounds);
  if (nullable && value === null) return Infinity;
  if (typeof value !== 'number') {
    throw new TypeError(`${name} must be a number, got ${shownValue(value)}`);
  }
  if (infinite && value === Infinity) return value;
  if (!Number.isFinite(value) || value < min || value > max || (integer && !Number.isInteger(value))) {
    throw new RangeError(
      `${name} must be ${describe(min, max, integer, infinite)}${nullable ? ' (null in JSON)' : ''}, got ${shownNumber(value, min, max)}`,
    );
  }
  return value;
}

export function requireString(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, got ${shownValue(value)}`);
  if (value === '') throw new RangeError(`${name} must not be empty, got ""`);
  return value;
}

/** Like `requireString`, and never shows the value. */
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

/** Checks only that the value is a function; the caller states its signature. */
export function requireFunction(name: string, value: unknown): (...args: never[]) => unknown {
  if (typeof value !== 'function')
    throw new TypeError(`${name} must be a function, got ${shownValue(value)}`);
  return value as (...args: never[]) => unknown;
}

/** @param expected the kinds of values for the message, if an object is not the only one */
export function requireObject(name: string, value: unknown, expected = 'an object'): Record<string, unknown> {
  const kind = kindOf(value);
  if (kind === 'object') return value as Record<string, unknown>;
  throw new TypeError(`${name} must be ${expected}, got ${shownValue(value)}`);
}

/**
 * The options of an object: a copy of its own enumerable properties, without a prototype. Every property is read once.
 *
 * @param known the accepted names; other names are refused. Absent: every name.
 * @throws TypeError for a value that is no object, for an unknown name, and for a property that can't be read
 */
export function requireOptions(
  path: string,
  value: unknown,
  known?: readonly string[],
  expected?: string,
): Record<string, unknown> {
  const given = requireObject(path === '' ? 'options' : path, value, expected);
  const own = bareObject() as Record<string, unknown>;
  try {
    Object.assign(own, given);
  } catch (cause) {
    // A getter or a Proxy of the application threw.
    throw new TypeError(`${path === '' ? 'options' : path} can't be read: a property throws`, { cause });
  }
  if (known !== undefined) refuseUnknownNames(path, own, known);
  return own;
}

/** Like `check`; an error that a getter or a Proxy of the application throws becomes the cause of a TypeError. */
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

/** TypeError if the type is wrong, RangeError if the value is none of `allowed`. */
export function requireOneOf<T extends string | number | boolean>(
  name: string,
  value: unknown,
  allowed: readonly T[],
): T {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  const words = allowed.map(String);
  const message = `${name} must be one of ${words.join(', ')}, got ${shownValue(value, words)}${didYouMean(value, words)}`;
  throw allowed.some((one) => typeof one === typeof value) ? new RangeError(message) : new TypeError(message);
}

/** Refuses unknown names; `prefix` is the path of the object (`retry.backoff`), empty at top level. */
export function refuseUnknownNames(prefix: string, value: object, known: readonly string[]): void {
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const shown = shownName(name, known);
    const path = prefix === '' ? shown : shown === name ? `${prefix}.${name}` : `of ${prefix} ${shown}`;
    const hint = didYouMean(name, known);
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

/** A larger value is in milliseconds: in seconds it would be a date after the year 5000. */
const MAX_UNIX_SECONDS = 100_000_000_000;
/** The largest time of a Date, in either direction from the epoch. */
const MAX_DATE_MS = 8_640_000_000_000_000;

/**
 * Milliseconds since the Unix epoch, from a Date of any realm or from Unix seconds.
 *
 * @throws RangeError for milliseconds and for Invalid Date, TypeError for anything else
 */
export function requireUnixTime(name: string, value: unknown): number {
  const ofDate = dateMs(value);
  if (ofDate !== undefined) {
    if (Number.isFinite(ofDate)) return ofDate;
    throw new RangeError(`${name} must be a valid Date, got Invalid Date`);
  }
  const seconds = requireNumber(name, value, { min: 0 });
  if (seconds <= MAX_UNIX_SECONDS) return seconds * 1_000;
  throw new RangeError(
    `${name} must be Unix seconds, got milliseconds${seconds <= MAX_DATE_MS ? `: ${new Date(seconds).toISOString()}` : ''}`,
  );
}

/** Checks a result of `requireUnixTime`. @throws RangeError for a time that is not later than `nowMs` */
export function requireLater(name: string, epochMs: number, nowMs: number): void {
  if (epochMs > nowMs) return;
  throw new RangeError(`${name} must be in the future, got ${new Date(epochMs).toISOString()}`);
}

function dateMs(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return undefined; // Not a Date.
  }
}

/** @throws RangeError naming the value, the bound and the length */
export function bounded(name: string, text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  throw new RangeError(`${name} must be at most ${maxCharacters} characters long, got ${text.length}`);
}
