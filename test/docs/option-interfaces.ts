/**
 * The members of the public option interfaces, with their comments, generated from the option rows. A new
 * option needs only a row; `UPDATE_README=1 npx vitest run test/docs` writes the interface.
 */
import {
  CLOSE_ON_EXIT_FIELDS,
  OGG_OPUS_ENCODER_FIELDS,
  HEARTBEAT_FIELDS,
  REPLAY_FIELDS,
  SPEAKING_HEARTBEAT_FIELDS,
} from '../../src/client/options/nested-fields.js';
import { PROGRAM_FIELDS } from '../../src/client/options/program-fields.js';
import { SESSION_FIELDS } from '../../src/client/options/session-fields.js';
import type { OptionField } from '../../src/core/option/option-field.js';
import {
  BACKOFF_FIELD,
  POLICY_FIELDS,
  RETRY_FIELDS,
  RULE_FIELD,
} from '../../src/core/policy/retry-fields.js';
import { defaultOf, meaningOf, typeOf } from './option-text.js';
import { formatText, WIDTH } from '../loop/format.mjs';

type Fields = Readonly<Record<string, OptionField>>;

interface MadeInterface {
  readonly file: string;
  readonly name: string;
  readonly fields: Fields;
  /** The suffix of a member's type, unless its row marks it as required. */
  readonly absent: 'never' | 'absent' | 'absentOrUndefined';
  /** Types that differ from those of the rows. */
  readonly types?: Readonly<Record<string, string>>;
  /** Members that are never absent. */
  readonly required?: readonly string[];
}

const POLICY = 'src/core/policy/rule.ts';
const WRITTEN_POLICY = 'src/core/policy/retry-options.ts';
/** As an application writes them, because JSON has no Infinity. */
const WRITTEN = {
  maxAttempts: 'number | null',
  maxElapsedMs: 'number | null',
  backoff: 'BackoffOptions',
  rules: 'RuleTableOptions',
};

export const MADE_INTERFACES: readonly MadeInterface[] = [
  {
    file: 'src/client/options/session-options.ts',
    name: 'AvatarSessionBaseOptions',
    fields: Object.fromEntries(Object.entries(SESSION_FIELDS).filter(([name]) => !(name in PROGRAM_FIELDS))),
    absent: 'absentOrUndefined',
  },
  {
    file: 'src/client/options/program-fields.ts',
    name: 'SessionProgramOptions',
    fields: PROGRAM_FIELDS,
    absent: 'absentOrUndefined',
  },
  {
    file: 'src/client/options/nested-fields.ts',
    name: 'OggOpusEncoderOptions',
    fields: OGG_OPUS_ENCODER_FIELDS.fields,
    absent: 'absentOrUndefined',
  },
  {
    file: 'src/client/options/nested-fields.ts',
    name: 'CloseOnExitOptions',
    fields: CLOSE_ON_EXIT_FIELDS.fields,
    absent: 'absentOrUndefined',
  },
  {
    file: 'src/client/speech/replay-budget.ts',
    name: 'ReplayOptions',
    fields: REPLAY_FIELDS.fields,
    absent: 'never',
  },
  {
    file: 'src/client/connection/heartbeat.ts',
    name: 'SpeakingHeartbeatOptions',
    fields: SPEAKING_HEARTBEAT_FIELDS.fields,
    absent: 'never',
  },
  {
    file: 'src/client/connection/heartbeat.ts',
    name: 'HeartbeatOptions',
    fields: HEARTBEAT_FIELDS.fields,
    absent: 'never',
  },
  { file: POLICY, name: 'Backoff', fields: BACKOFF_FIELD.fields, absent: 'never' },
  { file: WRITTEN_POLICY, name: 'BackoffOptions', fields: BACKOFF_FIELD.fields, absent: 'absentOrUndefined' },
  {
    file: POLICY,
    name: 'Rule',
    fields: RULE_FIELD.group.fields,
    absent: 'absent',
    types: { backoff: 'Partial<Backoff>' },
    required: ['action'],
  },
  {
    file: WRITTEN_POLICY,
    name: 'RuleOptions',
    fields: RULE_FIELD.group.fields,
    absent: 'absentOrUndefined',
    types: WRITTEN,
  },
  { file: POLICY, name: 'RetryPolicy', fields: POLICY_FIELDS, absent: 'never' },
  {
    file: WRITTEN_POLICY,
    name: 'RetryOptions',
    fields: RETRY_FIELDS,
    absent: 'absentOrUndefined',
    types: WRITTEN,
  },
];

/** The source with the members of an interface generated again, and formatted. */
export async function withMadeInterface(
  source: string,
  { file, name, fields, absent, types = {}, required = [] }: MadeInterface,
): Promise<string> {
  const width = WIDTH - '   * '.length;
  const members = Object.entries(fields).map(([member, field]) => {
    const type = types[member] ?? typeOf(field);
    const way = field.required === true || required.includes(member) ? 'never' : absent;
    const undefinable = way === 'absentOrUndefined';
    const shown = undefinable && type.includes('=>') ? `(${type})` : type;
    const declared = `${member}${way === 'never' ? '' : '?'}: ${shown}${undefinable ? ' | undefined' : ''}`;
    return `${commentOf(field, width, way === 'never' ? undefined : 'none')}\n  readonly ${declared};`;
  });
  const opening = new RegExp(`export interface ${name}(?: extends \\w+)? \\{\n`).exec(source)?.[0] ?? '';
  const from = opening === '' ? -1 : source.indexOf(opening);
  const to = source.indexOf('\n}\n', from);
  if (from < 0 || to < 0) throw new Error(`${file} declares no ${name}`);
  return formatText(
    file,
    `${source.slice(0, from + opening.length)}${members.join('\n')}${source.slice(to)}`,
  );
}

function commentOf(field: OptionField, width: number, withoutDefault: string | undefined): string {
  const meaning = meaningOf(field);
  // In a `@default` tag, the value is code without backticks.
  const value = defaultOf(field)?.replace(/^`([^`]*)`$/, '$1') ?? withoutDefault;
  if (value === undefined && meaning.length <= width - 1) return `  /** ${meaning} */`;
  const text = wrapped(meaning, width);
  const tag = value === undefined ? [] : [`@default ${value}`];
  const lines = text.length > 1 && tag.length > 0 ? [...text, '', ...tag] : [...text, ...tag];
  return `  /**\n${lines.map((line) => `   *${line === '' ? '' : ` ${line}`}`).join('\n')}\n   */`;
}

function wrapped(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
