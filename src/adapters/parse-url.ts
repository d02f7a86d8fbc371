/**
 * Decides whether a text is a URL of a wanted scheme. The runtime's own error shows the whole text, which may hold
 * credentials in its query or user info: this one shows nothing of it but the scheme.
 */

/** Rejected with, or thrown, for a URL that can't be dialled; `code` is what the system's own error has. */
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
