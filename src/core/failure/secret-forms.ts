/**
 * The forms in which a known secret shows up in texts: plain, URL-encoded, JSON-escaped, base64. Pure text work:
 * there is no Buffer and no btoa here.
 */

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Shorter ones occur by chance. */
const MIN_FORM_CHARACTERS = 4;

/** Distinct, the plain secret first. Base64 forms also match when the secret stands within longer encoded bytes. */
export function secretForms(secret: string): readonly string[] {
  const percent = percentEncoded(secret);
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    // Twice: an error body quoted as a member of another one.
    JSON.stringify(JSON.stringify(secret)).slice(3, -3),
    percent,
    percent.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()),
    percent.replaceAll('%20', '+'),
    formEncoded(percent),
  ];
  const bytes = utf8(secret);
  for (const offset of [0, 1, 2]) {
    const encoded = base64Within(bytes, offset);
    forms.push(encoded, encoded.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return [...new Set(forms)].filter((form) => form.length >= MIN_FORM_CHARACTERS);
}

/** As `encodeURIComponent`; half a surrogate pair, which that refuses, becomes the replacement character. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\uFFFD'));
}

/** URLSearchParams and HTML forms write a space as `+` and escape what encodeURIComponent leaves. */
function formEncoded(percent: string): string {
  const escaped = percent.replaceAll(
    /[!'()~]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return escaped.replaceAll('%20', '+');
}

function utf8(text: string): readonly number[] {
  const bytes: number[] = [];
  const percent = percentEncoded(text);
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
