/** Turns the headers of an HTTP answer into the plain record that classification reads. */
import type { IncomingMessage } from 'node:http';

/** Lower-cased names; the values of a repeated header are joined with a comma. */
export function flattenHeaders(response: IncomingMessage): Readonly<Record<string, string>> {
  // Inherits nothing: a header that did not come must not be found.
  const flat = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
