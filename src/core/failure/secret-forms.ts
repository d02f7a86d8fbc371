/**
 * The forms of a known secret that are no spelling of its own letters: base64, hexadecimal digits, and a form's `+` for a space;
 * in canonical bytes, as `canonicalText` would read them. Pure text work: there is no Buffer and no btoa here.
 */
import { canonicalBytes } from './canonical-text.js';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Distinct. Base64 forms also match when the secret stands within longer encoded bytes. */
export function derivedForms(secret: string): readonly Uint8Array[] {
  const bytes = utf8(secret);
  const forms = new Set([bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')]);
  for (const offset of [0, 1, 2]) {
    const encoded = base64Within(bytes, offset);
    forms.add(encoded).add(encoded.replaceAll('+', '-').replaceAll('/', '_'));
  }
  if (secret.includes(' ')) forms.add(secret.replaceAll(' ', '+'));
  return [...forms].map(canonicalBytes);
}

/** Half a surrogate pair becomes the replacement character. */
function utf8(text: string): readonly number[] {
  const bytes: number[] = [];
  const percent = encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\uFFFD'));
  for (let at = 0; at < percent.length; at += 1) {
    if (percent[at] === '%') {
      bytes.push(Number.parseInt(percent.slice(at + 1, at + 3), 16));
      at += 2;
    } else {
      bytes.push(percent.charCodeAt(at));
    }
  }
  return bytes;
}

/** The base64 characters that depend on these bytes alone, when `offset` unknown bytes come before them. */
function base64Within(bytes: readonly number[], offset: number): string {
  let encoded = '';
  // The bits of the first character that the unknown bytes have begun are not ours to match.
  let skippedBits = (6 - ((offset * 8) % 6)) % 6;
  let pending = 0;
  let pendingBits = 0;
  for (const byte of bytes) {
    pending = ((pending << 8) | byte) & 0xffff;
    pendingBits += 8 - skippedBits;
    skippedBits = 0;
    while (pendingBits >= 6) {
      pendingBits -= 6;
      encoded += BASE64[(pending >> pendingBits) & 0x3f] ?? '';
    }
  }
  return encoded;
}
