/** Spells an HTTP/1.1 response for a socket that Node's server has already handed over (a refused upgrade). */
import { STATUS_CODES } from 'node:http';

/** Adds Content-Length, and `Connection: close` unless the headers name a connection themselves (a false 101 does). */
export function rawHttpResponse(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): string {
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (!names.has('connection')) lines.push('Connection: close');
  if (!names.has('content-length') && status >= 200) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
