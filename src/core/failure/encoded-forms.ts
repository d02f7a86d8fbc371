/**
 * Forms of a secret that no escaping explains: hexadecimal digits, base64, base64 of base64. Each also matches where the secret
 * stands within longer encoded bytes. Pure text work: there is no Buffer and no btoa here.
 */
import { utf8 } from './code-points.js';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const OFFSETS = [0, 1, 2];
/** Signs between the digits of two bytes. */
const HEX_SEPARATORS = ['', ':', '-', ',0x'];
/** Base64 of the base64 of a shorter text is hardly longer than a word. */
const MIN_TWICE_BYTES = 8;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Distinct, in canonical form: letters are lower-case, and nothing in them is an escape. */
export function encodedForms(secret: string): readonly Uint8Array[] {
  const bytes = utf8Bytes(secret);
  const hex = bytes.map((byte) => HEX[byte] ?? '');
  const forms = new Set(HEX_SEPARATORS.map((separator) => hex.join(separator)));
  // As Node writes a Buffer in JSON.
  forms.add(bytes.join(','));
  const once = base64Forms(bytes);
  for (const form of once) forms.add(form.toLowerCase());
  if (bytes.length >= MIN_TWICE_BYTES) {
    for (const form of once) for (const twice of base64Forms(codesOf(form))) forms.add(twice.toLowerCase());
  }
  return Array.from(forms, (form) => Uint8Array.from(codesOf(form)));
}

/** In both alphabets, for every number of unknown bytes before them. */
function base64Forms(bytes: readonly number[]): readonly string[] {
  return OFFSETS.flatMap((offset) => {
    const form = base64Within(bytes, offset);
    return /[+/]/.test(form) ? [form, form.replaceAll('+', '-').replaceAll('/', '_')] : [form];
  });
}

/** Of ASCII. */
function codesOf(text: string): number[] {
  const codes: number[] = new Array<number>(text.length);
  for (let at = 0; at < text.length; at += 1) codes[at] = text.charCodeAt(at);
  return codes;
}

/** Half a surrogate pair becomes the replacement character. */
function utf8Bytes(text: string): readonly number[] {
  // Nearly every secret is ASCII.
  if (/^[\x20-\x7e]*$/.test(text)) return codesOf(text);
  return Array.from(text.replaceAll(/\p{Surrogate}/gu, '\uFFFD')).flatMap((char) =>
    utf8(char.codePointAt(0) ?? 0),
  );
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
      encoded += BASE64.charAt((pending >> pendingBits) & 0x3f);
    }
  }
  return encoded;
}
