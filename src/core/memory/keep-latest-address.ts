/**
 * `keepLatest` for what is made of an address. One that may hold credentials is not kept: it would stay in memory after its session.
 */
import { keepLatest } from './keep-latest.js';

export function keepLatestAddress<Address, Key extends readonly unknown[], Made>(
  make: (address: Address, ...rest: Key) => Made,
): (address: Address, ...rest: Key) => Made {
  const kept = keepLatest(make);
  return (address, ...rest) => (mayHoldCredentials(address) ? make : kept)(address, ...rest);
}

/** A string of its own: a part of a string keeps the whole of it in memory. */
export function detached(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}

/**
 * Whether an address, as text or as a URL, has user info, or a query parameter other than the id of the avatar. Cheap; what is no address
 * counts as one that has.
 */
export function mayHoldCredentials(address: unknown): boolean {
  if (address === undefined) return false;
  const text = typeof address === 'object' && address !== null && 'href' in address ? address.href : address;
  return typeof text !== 'string' || text.includes('@') || /[?&](?!id=)[^&#]/.test(text);
}
