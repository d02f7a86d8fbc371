/** Properties of single characters and bytes, for the canonical form of a text. Pure. */

/** Named character references of HTML, in lower case, for ASCII and white space. */
const CHARACTERS_BY_NAME: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
  '/': 'sol',
  '=': 'equals',
  '+': 'plus',
  '-': 'hyphen dash',
  _: 'lowbar underbar',
  '.': 'period',
  ',': 'comma',
  ':': 'colon',
  ';': 'semi',
  '!': 'excl',
  '?': 'quest',
  '#': 'num',
  $: 'dollar',
  '%': 'percnt',
  '@': 'commat',
  '*': 'ast midast',
  '(': 'lpar',
  ')': 'rpar',
  '[': 'lsqb lbrack',
  ']': 'rsqb rbrack',
  '{': 'lcub lbrace',
  '}': 'rcub rbrace',
  '|': 'verbar vert verticalline',
  '\\': 'bsol',
  '^': 'hat',
  '`': 'grave diacriticalgrave',
  '~': 'tilde',
  ' ': 'tab newline nbsp ensp emsp thinsp zwnj zwj shy',
};

/** A Map and not a plain object, in which a look-up of `&constructor;` would find the inherited member `constructor`. */
export const NAMED_REFERENCES: ReadonlyMap<string, string> = new Map(
  Object.entries(CHARACTERS_BY_NAME).flatMap(([char, names]) =>
    names.split(' ').map((name): [string, string] => [name, char]),
  ),
);

export function lowerCase(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}

/** Lower-case only, like everything in the output. */
export function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
}

export function isDigit(byte: number, hex: boolean): boolean {
  return hex ? isHexDigit(byte) : byte >= 0x30 && byte <= 0x39;
}

/** Letters and digits of another width or form: full-width, mathematical, in circles, raised, joined. */
export function hasOtherWidth(point: number): boolean {
  return (
    (point >= 0xff00 && point <= 0xffef) ||
    (point >= 0x1d400 && point <= 0x1d7ff) ||
    (point >= 0x2460 && point <= 0x24ff) ||
    (point >= 0x2070 && point <= 0x209c) ||
    (point >= 0xfb00 && point <= 0xfb06)
  );
}

/**
 * Whether it has the usual width and no case: most characters of Chinese, Japanese and Korean. They need no further
 * check.
 */
export function isIdeograph(point: number): boolean {
  return (point >= 0x3400 && point <= 0x9fff) || (point >= 0xac00 && point <= 0xd7a3);
}

/** White space beyond ASCII, and characters without a width, which can hide inside a text. */
export function isInvisible(point: number): boolean {
  return /[\s\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]/u.test(String.fromCodePoint(point));
}

export function utf8(point: number): readonly number[] {
  if (point < 0x80) return [point];
  const continuation = (shift: number): number => 0x80 | ((point >> shift) & 0x3f);
  if (point < 0x800) return [0xc0 | (point >> 6), continuation(0)];
  if (point < 0x10000) return [0xe0 | (point >> 12), continuation(6), continuation(0)];
  return [0xf0 | (point >> 18), continuation(12), continuation(6), continuation(0)];
}
