/**
 * Whether a port for TLS answered a plain request: some servers send a TLS alert then, which Node's HTTP parser only calls
 * "no HTTP". Said in words, because the bytes themselves are not kept.
 */

/** First bytes of an alert record: content type 21, version 3.x. */
const ALERT = 21;
const VERSION = 3;

/** The error of Node's parser with words that say so; any other error as it is. */
export function namingTlsAlert(error: Error): Error {
  const packet: unknown = 'rawPacket' in error ? error.rawPacket : undefined;
  if (!(packet instanceof Uint8Array) || packet[0] !== ALERT || packet[1] !== VERSION) return error;
  const named = new Error('the peer answered with a TLS alert, not with HTTP');
  return 'code' in error ? Object.assign(named, { code: error.code }) : named;
}
