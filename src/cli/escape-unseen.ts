/**
 * Text of a service or a file on a terminal: control, bidirectional and zero-width characters are shown as `\u202e`, so that a line reads
 * in the order of its characters. Line breaks are for the caller to replace before.
 */
export function escapeUnseen(text: string): string {
  return text.replaceAll(/(?!\n)[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029]/gu, (character) =>
    Array.from({ length: character.length }, (_, at) => escaped(character.charCodeAt(at))).join(''),
  );
}

/** The same on one line: line breaks and other control characters become one blank. */
export function escapeToLine(text: string): string {
  return escapeUnseen(text.replaceAll(/\p{Cc}+/gu, ' '));
}

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
