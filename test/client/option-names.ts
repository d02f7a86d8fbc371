/**
 * The names of all options of a session and of the members of its groups. They are read from the rows that check
 * them, so tests also try an option that is added later.
 */
import type { NamedFields, OptionField } from '../../src/core/option/option-field.js';
import {
  CLOSE_ON_EXIT_FIELDS,
  OGG_OPUS_ENCODER_FIELDS,
  HEARTBEAT_FIELDS,
  REPLAY_FIELDS,
} from '../../src/client/options/nested-fields.js';
import { AGORA_FIELDS, LIVEKIT_FIELDS } from '../../src/client/options/resolve-egress.js';
import { SESSION_RETRY_FIELDS } from '../../src/client/options/nested-fields.js';
import { SESSION_FIELDS } from '../../src/client/options/session-fields.js';

export const OPTION_NAMES: readonly string[] = Object.keys(SESSION_FIELDS);

/** The members that an object of this field can have, or undefined if the field has none. */
function groupOf(field: OptionField): NamedFields | undefined {
  if (field.kind === 'group') return field;
  if (field.kind === 'wordOrGroup') return field.group;
  return field.kind === 'checked' && field.inFile !== undefined ? groupOf(field.inFile) : undefined;
}

function pathsOf(fields: Readonly<Record<string, OptionField>>, within: readonly string[]): string[][] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const path = [...within, name];
    const group =
      path[0] === 'retry' && path.length === 1 ? { fields: SESSION_RETRY_FIELDS } : groupOf(field);
    return group === undefined ? [path] : [path, ...pathsOf(group.fields, path)];
  });
}

/** The paths of every option and of every member, down to the backoff of a single code. */
export const OPTION_PATHS: readonly (readonly string[])[] = pathsOf(SESSION_FIELDS, []);

/** The paths of all options that are functions, and of all methods of options that are implementations. */
export const FUNCTION_PATHS: readonly (readonly string[])[] = OPTION_PATHS.flatMap((path) => {
  const [name = '', member] = path;
  const field: OptionField | undefined =
    member === undefined
      ? (SESSION_FIELDS as Readonly<Record<string, OptionField>>)[name]
      : name === 'retry' && path.length === 2
        ? (SESSION_RETRY_FIELDS as Readonly<Record<string, OptionField>>)[member]
        : undefined;
  if (field?.kind === 'function') return [path];
  if (field?.kind === 'port') return field.methods.map((method) => [...path, method]);
  return field?.kind === 'checked' && field.type.startsWith('PerDial') ? [path] : [];
});

export const GROUP_NAMES: Readonly<Record<string, readonly string[]>> = {
  livekitEgress: Object.keys(LIVEKIT_FIELDS.fields),
  agoraEgress: Object.keys(AGORA_FIELDS.fields),
  retry: Object.keys(SESSION_RETRY_FIELDS),
  replay: Object.keys(REPLAY_FIELDS.fields),
  heartbeat: Object.keys(HEARTBEAT_FIELDS.fields),
  oggOpusEncoder: Object.keys(OGG_OPUS_ENCODER_FIELDS.fields),
  closeOnExit: Object.keys(CLOSE_ON_EXIT_FIELDS.fields),
};
