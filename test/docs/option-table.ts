/**
 * The documents' table of options: one line for each row. The lines of an object of options follow the option
 * itself.
 */
import { SESSION_RETRY_FIELDS } from '../../src/client/options/nested-fields.js';
import { SESSION_FIELDS } from '../../src/client/options/session-fields.js';
import type { OptionField } from '../../src/core/option/option-field.js';
import { newAvatarSession } from '../../src/index.js';
import type { AvatarSessionOptions } from '../../src/index.js';
import { code, table } from './markdown.js';
import { choicesOf, defaultOf, meaningOf, typeOf } from './option-text.js';
import { membersOf } from './source-docs.js';

type Fields = Readonly<Record<string, OptionField>>;

/** Readable types, for options whose type in the source is not clear to a reader. */
const SPOKEN_TYPES: Readonly<Record<string, string>> = {
  retry: 'preset | SessionRetryOptions | false',
  'retry.rules': '{ [code]: action | partial row }',
};

/** The option names that the checks accept, read from an error message. */
export function knownOptionNames(): string[] {
  try {
    newAvatarSession({ unheardOf: true } as unknown as AvatarSessionOptions);
  } catch (error) {
    if (error instanceof TypeError) return error.message.replace(/^.*known names: /, '').split(', ');
  }
  throw new Error('an unknown option is not refused');
}

export function documentedOptionNames(): string[] {
  return [
    ...membersOf('src/client/options/session-options.ts', 'AvatarSessionBaseOptions'),
    ...membersOf('src/client/options/program-fields.ts', 'SessionProgramOptions'),
  ].map(({ name }) => name);
}

export function optionsTable(): string {
  return table(['option', 'type', 'default', 'meaning'], linesOf('', SESSION_FIELDS));
}

function linesOf(prefix: string, fields: Fields): string[][] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    const parts = partsOf(path, field);
    const inner = parts === undefined ? [] : linesOf(path, parts);
    const type =
      field.kind === 'choice' && field.type !== 'AudioFormat' ? choicesOf(field.choices) : typeOf(field);
    const required = field.required === true ? 'required' : undefined;
    const shown = defaultOf(field) ?? required ?? (parts === undefined ? 'none' : 'as below');
    return [[code(path), code(SPOKEN_TYPES[path] ?? type), shown, meaningOf(field)], ...inner];
  });
}

/**
 * The rows of an option that is an object of options. For an object with one entry per code, all entries have
 * the same rows.
 */
function partsOf(path: string, field: OptionField): Fields | undefined {
  if (path === 'retry') return SESSION_RETRY_FIELDS;
  if (path === 'retry.rules') return undefined;
  if (field.kind === 'group') return field.fields;
  if (field.kind === 'wordOrGroup') return field.group.fields;
  if (field.kind === 'checked' && field.inFile !== undefined) return partsOf(path, field.inFile);
  return undefined;
}
