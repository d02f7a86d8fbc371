/**
 * The lines of a flight record: their types, the check of a line that was read, and the JSON Schema, all derived from the rows of
 * line-kinds.ts. Must not know where lines come from or go to.
 */
import { FORMAT, FORMAT_VERSION, number, OF_PROCESS, OF_SESSION, text } from './line-kinds.js';
import type { Field, Fields, Json } from './line-kinds.js';

type Rows = typeof OF_PROCESS & typeof OF_SESSION;
export type RecordKind = keyof Rows;

type ValuesOf<Row> = {
  -readonly [
    Name in keyof Row as Row[Name] extends Field<unknown, false> ? Name : never
  ]: Row[Name] extends Field<infer Value> ? Value : never;
} & {
  -readonly [Name in keyof Row as Row[Name] extends Field<unknown, true> ? Name : never]?:
    | (Row[Name] extends Field<infer Value> ? Value : never)
    | undefined;
};

/** The facts of a line of this kind, without the members of every line. */
export type RecordFacts<Kind extends RecordKind> = ValuesOf<Rows[Kind]> &
  (Kind extends keyof typeof OF_SESSION ? { session_id: string } : unknown);

type AnyLine = {
  [Kind in RecordKind]: { kind: Kind; seq: number; at_ms: number } & RecordFacts<Kind>;
}[RecordKind];

/** A line of a flight record. */
export type FlightLine<Kind extends RecordKind = RecordKind> = Extract<AnyLine, { kind: Kind }>;

/** The lines of one kind. */
export function linesOf<Kind extends RecordKind>(
  lines: readonly FlightLine[],
  ...kinds: readonly Kind[]
): FlightLine<Kind>[] {
  return lines.filter((line) => (kinds as readonly string[]).includes(line.kind)) as FlightLine<Kind>[];
}

/** The lines by key, in the order in which the keys first occur. */
export function groupedBy<Key, Line>(
  lines: readonly Line[],
  keyOf: (line: Line) => Key,
): ReadonlyMap<Key, readonly Line[]> {
  const groups = new Map<Key, Line[]>();
  for (const line of lines) {
    const key = keyOf(line);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [line]);
    else group.push(line);
  }
  return groups;
}

/** The lines of each session. */
export function bySession(lines: readonly FlightLine[]): ReadonlyMap<string, readonly FlightLine[]> {
  return groupedBy(
    lines.filter((line) => 'session_id' in line),
    (line) => line.session_id,
  );
}

const ROWS: Readonly<Record<string, Fields>> = { ...OF_PROCESS, ...OF_SESSION };

const COMMON: Fields = {
  seq: number('The number of the line in this record, from 1'),
  at_ms: number('When it was written: Unix epoch, milliseconds'),
};

function fieldsOf(kind: string): Fields | undefined {
  const row = Object.hasOwn(ROWS, kind) ? ROWS[kind] : undefined;
  if (row === undefined) return undefined;
  const ofSession = Object.hasOwn(OF_SESSION, kind) ? { session_id: text('session.id') } : {};
  return { ...COMMON, ...ofSession, ...row };
}

/** What is wrong with a line that was read; undefined for a valid one. Unknown kinds and fields are valid. */
export function faultOfLine(line: unknown): string | undefined {
  if (typeof line !== 'object' || line === null || Array.isArray(line)) return 'no JSON object';
  const { kind } = line as { readonly kind?: unknown };
  if (typeof kind !== 'string') return 'no kind';
  for (const [name, field] of Object.entries(fieldsOf(kind) ?? {})) {
    const value = Object.hasOwn(line, name) ? (line as Json)[name] : undefined;
    if (value === undefined && field.optional) continue;
    if (name === 'at_ms' && !isTime(value)) return `${kind}.at_ms is no time`;
    if (!fits(value, field)) return `${kind}.${name} is no ${field.words?.join(' or ') ?? field.type}`;
  }
  return undefined;
}

export function isKnownLine(line: { readonly kind: string }): line is FlightLine {
  return fieldsOf(line.kind) !== undefined;
}

/** The latest time that a Date can hold. */
const MAX_EPOCH_MS = 8.64e15;

function isTime(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= MAX_EPOCH_MS;
}

function fits(value: unknown, { type, words }: Field<unknown>): boolean {
  if (words !== undefined) return words.includes(value as string);
  if (type === 'number') return typeof value === 'number' && Number.isFinite(value);
  if (type === 'strings') return Array.isArray(value) && value.every((one) => typeof one === 'string');
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

/** The JSON Schema (draft 2020-12) of one line. */
export function flightRecordSchema(): Json {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `A line of an ${FORMAT}, version ${FORMAT_VERSION}`,
    oneOf: Object.keys(ROWS).map((kind) => {
      const fields = Object.entries(fieldsOf(kind) ?? {});
      return {
        type: 'object',
        properties: {
          kind: { const: kind },
          ...Object.fromEntries(fields.map(([name, field]) => [name, schemaOf(field)])),
        },
        required: ['kind', ...fields.filter(([, { optional }]) => !optional).map(([name]) => name)],
        additionalProperties: false,
      };
    }),
  };
}

function schemaOf({ type, about, words }: Field<unknown>): Json {
  if (type === 'strings') return { description: about, type: 'array', items: { type: 'string' } };
  return { description: about, type, ...(words === undefined ? {} : { enum: words }) };
}
