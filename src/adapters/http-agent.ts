/** What counts as an agent of Node's HTTP client: agents of packages are not always instances of its class. */
import type { Agent } from 'node:http';

/** Undefined stays undefined. Throws TypeError for what can't make sockets. */
export function requireAgent(name: string, value: unknown): Agent | undefined {
  if (value === undefined) return undefined;
  const adds = typeof value === 'object' && value !== null && 'addRequest' in value;
  if (adds && typeof value.addRequest === 'function') return value as unknown as Agent;
  throw new TypeError(
    `${name} must be an http.Agent or an https.Agent, got ${value === null ? 'null' : typeof value}`,
  );
}
