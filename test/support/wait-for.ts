/**
 * Waits for a condition on a real machine. The limit is far above every usual time: only a condition that never
 * comes takes it. The one second of vitest is not enough where other processes use the processors.
 */
import { vi } from 'vitest';

const PATIENT = { timeout: 15_000, interval: 10 };

/** Resolves with the result of the first call that does not throw. Rejects with the last error. */
export function waitFor<T>(attempt: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(attempt, PATIENT);
}

/** Resolves when the condition is true. */
export function waitUntil(condition: () => boolean | Promise<boolean>): Promise<unknown> {
  return vi.waitUntil(condition, PATIENT);
}
