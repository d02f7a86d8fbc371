/**
 * Checks of single option values, shared by everything that takes options. Each throws before any I/O: TypeError
 * for the wrong kind of value, RangeError for a value out of bounds; both name the option, the bound and the value.
 * Zero, false and the empty object are values; whether undefined means "not given" is the caller's to decide.
 * Values are shown shortened, and values of secret options are never shown: pass those to `requireSecret`.
 */

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
    throw new TypeError(`${name} must be a number, got ${shown(value)}`);
  }
  if (infinite && value === Infinity) return value;
  if (!Number.isFinite(value) || value < min || value > max || (integer && !Number.isInteger(value))) {
    throw new RangeError(
      `${name} must be ${describe(min, max, integer, infinite)}${nullable ? ' (null in JSON)' : ''}, got ${shown(value)}`,
    );
  }
  return value;
}

export function requireString(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, got ${shown(value)}`);
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
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false, got ${shown(value)}`);
  return value;
}

/** That it is a function is all that can be checked; its signature is the caller's to state. */
export function requireFunction(name: string, value: unknown): (...args: never[]) => unknown {
  if (typeof value !== 'function') throw new TypeError(`${name} must be a function, got ${shown(value)}`);
  return value as (...args: never[]) => unknown;
}

/** @param expected what the message asks for, where an object is not the only way to write the option. */
export function requireObject(name: string, value: unknown, expected = 'an object'): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`${name} must be ${expected}, got ${shown(value)}`);
  }
  return value as Record<string, unknown>;
}

/** TypeError when not even the type fits, RangeError when the value is none of `allowed`. */
export function requireOneOf<T extends string | number>(
  name: string,
  value: unknown,
  allowed: readonly T[],
): T {
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  const message = `${name} must be one of ${allowed.join(', ')}, got ${shown(value)}`;
  throw allowed.some((one) => typeof one === typeof value) ? new RangeError(message) : new TypeError(message);
}

/** Refuses misspelt names; `prefix` is the path of the object (`retry.backoff`), empty at top level. */
export function refuseUnknownNames(prefix: string, value: object, known: readonly string[]): void {
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const path = prefix === '' ? name : `${prefix}.${name}`;
    throw new TypeError(`unknown option ${path}; known names: ${known.join(', ')}`);
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

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
}

function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
    case 'bigint':
      return `${value}n`;
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
    case 'function':
    case 'symbol':
      return kindOf(value);
  }
}
