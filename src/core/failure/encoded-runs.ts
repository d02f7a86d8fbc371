/**
 * Readable text that an id may hold in base64 or in hexadecimal digits, from every place where an encoded text can begin. Random ids
 * hold none, nearly always, so this is cheap. Pure text work: there is no Buffer and no atob here.
 */
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const HEX = '0123456789abcdef';

/** Runs of at least `minCharacters` printable ASCII characters. */
export function encodedRuns(id: string, minCharacters: number): readonly string[] {
  const base64 = id
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .split(/[^A-Za-z0-9+/]+/);
  const hex = id.toLowerCase().split(/[^0-9a-f]+/);
  return [
    ...base64.flatMap((digits) => [0, 1, 2, 3].map((from) => decoded(digits, from, BASE64, 6))),
    ...hex.flatMap((digits) => [0, 1].map((from) => decoded(digits, from, HEX, 4))),
  ].flatMap((bytes) => bytes.split(/[^\x20-\x7e]+/).filter(({ length }) => length >= minCharacters));
}

/** Bytes as characters. */
function decoded(digits: string, from: number, alphabet: string, bitsPerDigit: number): string {
  let bytes = '';
  let bits = 0;
  let bitCount = 0;
  for (let at = from; at < digits.length; at += 1) {
    bits = ((bits << bitsPerDigit) | alphabet.indexOf(digits.charAt(at))) & 0x3fff;
    bitCount += bitsPerDigit;
    if (bitCount < 8) continue;
    bitCount -= 8;
    bytes += String.fromCharCode((bits >> bitCount) & 0xff);
  }
  return bytes;
}
