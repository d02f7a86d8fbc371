/** What counts as an AbortSignal: one of another realm or of a polyfill is no instance of this realm's class. */
import { kindOf } from '../../core/option/shown-value.js';

/** @throws TypeError for anything else; for an AbortController it says what to give instead */
export function requireSignal(name: string, value: unknown): AbortSignal {
  try {
    if (isSignal(value)) return value;
    if (isController(value)) {
      throw new TypeError(`${name} must be an AbortSignal, got an AbortController: give its signal`);
    }
  } catch (error) {
    if (error instanceof TypeError && error.message.startsWith(name)) throw error;
    throw new TypeError(`${name} can't be read: a property throws`, { cause: error });
  }
  throw new TypeError(`${name} must be an AbortSignal, got ${kindOf(value)}`);
}

/** May throw where a property does. */
export function isSignal(value: unknown): value is AbortSignal {
  if (typeof value !== 'object' || value === null) return false;
  const { aborted, addEventListener, removeEventListener } = value as Partial<
    Record<keyof AbortSignal, unknown>
  >;
  return (
    typeof aborted === 'boolean' &&
    typeof addEventListener === 'function' &&
    typeof removeEventListener === 'function'
  );
}

function isController(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'signal' in value && isSignal(value.signal);
}
