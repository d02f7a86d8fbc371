/** The address and the agent of a dial. Both are checked together with the options, so this file loads no module of Node's. */
import type { Agent } from 'node:http';

/** Undefined stays undefined. Throws TypeError for an object that can't make sockets. */
export function requireAgent(name: string, value: unknown): Agent | undefined {
  if (value === undefined) return undefined;
  const adds = typeof value === 'object' && value !== null && 'addRequest' in value;
  if (adds && typeof value.addRequest === 'function') return value as unknown as Agent;
  throw new TypeError(
    `${name} must be an http.Agent or an https.Agent, got ${value === null ? 'null' : typeof value}`,
  );
}

/** For a URL that can't be dialled; `code` is that of the system's own error. */
export class InvalidUrlError extends TypeError {
  override readonly name = 'InvalidUrlError';
  readonly code = 'ERR_INVALID_URL';
}

/** `what` names the URL in the message; `schemes` are written as in `URL.protocol`, colon included. */
export function parseUrl(what: string, text: string, schemes: readonly string[]): URL {
  const url = tryParse(text);
  if (url === undefined) throw new InvalidUrlError(`${what} is not a URL`);
  if (schemes.includes(url.protocol)) return url;
  throw new InvalidUrlError(`${what} must begin with ${schemes.join(' or ')}, got ${url.protocol}`);
}

function tryParse(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
