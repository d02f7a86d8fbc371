/**
 * Text as the command shows it: lines for a failure, columns, durations, and escapes for characters that
 * would change the order or the look of a line. Pure.
 */
import { AvatarSDKError } from '../index.js';

/** Lines for standard error, not escaped. */
export function failureReport(error: unknown): readonly string[] {
  if (!AvatarSDKError.is(error)) {
    return [
      `avatarkit-session: unexpected failure: ${error instanceof Error ? error.message : String(error)}`,
    ];
  }
  const { code, phase, message, reason, remediation } = error;
  return [
    `avatarkit-session: ${code} in ${phase}: ${message}`,
    ...(reason === undefined ? [] : [`  given up because: ${reason}`]),
    `  what to do: ${remediation}`,
  ];
}

const MAX_SHOWN_SEGMENT_CHARACTERS = 15;

/** A path as messages show it: without the parts that look like a key, which may stand in the place of a path. */
export function shownPath(path: string): string {
  return path
    .split('/')
    .map((part) => (looksLikeKey(part) ? `[${part.length} characters]` : part))
    .join('/');
}

function looksLikeKey(part: string): boolean {
  return part.length > MAX_SHOWN_SEGMENT_CHARACTERS && /^[\w+=~-]+$/.test(part) && /(?:.*\d){3}/.test(part);
}

/**
 * Escapes control, bidirectional and zero-width characters in text of a service or a file, as `\u202e`, so
 * that the line is shown in the order of its characters. The caller replaces line breaks before.
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

/**
 * Rows of cells as lines whose columns begin at the same place, one line for each row. Pure; the last column
 * is not padded.
 */
const GAP = '  ';

export function alignColumns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row
      .map((cell) => cell.replaceAll(/\p{Cc}/gu, ' '))
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

/** A length of time as the command shows it: `9.1 s`. For people only. */
export function secondsText(durationMs: number, decimals = 1): string {
  return `${(durationMs / 1_000).toFixed(decimals)} s`;
}
