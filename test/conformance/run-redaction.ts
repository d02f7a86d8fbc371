/** Runs a redaction case: which parts of a text may be shown. */
import { createRedactor } from '../../src/core/redaction/redactor.js';
import type { RedactionCase } from './case-file.js';
import { disagreements } from './disagreements.js';

export function runRedaction({ secrets, text, expect }: RedactionCase): string[] {
  const shown = createRedactor(secrets).redact(text);
  const { absent = [], kept = [] } = expect as { absent?: readonly string[]; kept?: readonly string[] };
  // A part that is not in the text at all counts neither as hidden nor as kept.
  const hides = (part: string): boolean => text.includes(part) && !shown.includes(part);
  return disagreements('expect', expect, {
    absent: absent.filter(hides),
    kept: kept.filter((part) => shown.includes(part)),
  });
}
