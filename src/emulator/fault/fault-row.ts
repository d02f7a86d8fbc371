/**
 * The row of a kind of fault: its phases, its parameters, its description, and its effect on a request, on an open connection or on a
 * confirmation. One field defines the values of a parameter: as a check that throws, as JSON Schema, and as a TypeScript type. The rows
 * are in fault.ts and connection-faults.ts.
 */
import {
  MAX_TIMER_MS,
  refuseUnknownNames,
  requireBoolean,
  requireNumber,
  requireObject,
  requireOneOf,
  requireOptions,
  requireString,
} from '../../core/option/option-check.js';
import { shownName, shownValue } from '../../core/option/shown-value.js';
import type { Random } from '../../ports/random.js';
import type { ServiceSocket } from '../socket/service-socket.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface FaultField<Value> {
  /** Throws TypeError or RangeError that name the parameter, the bound and the value. */
  check(name: string, value: unknown): Value;
  readonly schema: JsonSchema;
  readonly isOptional?: true;
}
export interface OptionalField<Value> extends FaultField<Value> {
  readonly isOptional: true;
}
/** Has the value `default` if it is absent. */
export interface DefaultField<Value> extends OptionalField<Value> {
  readonly default: Value;
}
export type FaultFields = Readonly<Record<string, FaultField<unknown>>>;

/** A fixed number, or a closed range of whole numbers from which one is drawn by the seed each time the fault is armed. */
export type Amount = number | readonly [least: number, most: number];

type ValueOf<Field> = Field extends FaultField<infer Value> ? Value : never;
type NamesOf<Fields, Kind> = {
  [Name in keyof Fields]: Fields[Name] extends Kind ? Name : never;
}[keyof Fields];
type OptionalNames<Fields> = NamesOf<Fields, { readonly isOptional: true }>;
/** The parameters as given in a plan. */
export type GivenValues<Fields> = {
  readonly [Name in Exclude<keyof Fields, OptionalNames<Fields>>]: ValueOf<Fields[Name]>;
} & { readonly [Name in OptionalNames<Fields>]?: ValueOf<Fields[Name]> };
/** The parameters after `filledValues`: only those without a default may be absent. */
export type FilledValues<Fields> = GivenValues<Fields> & {
  readonly [Name in NamesOf<Fields, { readonly default: unknown }>]: ValueOf<Fields[Name]>;
};

export function optional<Value>(field: FaultField<Value>): OptionalField<Value> {
  return { ...field, isOptional: true };
}

export function byDefault<Value>(value: Value, field: FaultField<Value>): DefaultField<Value> {
  return { ...field, isOptional: true, default: value };
}

export function numberFrom(min: number, max: number): FaultField<number> {
  return {
    check: (name, value) => requireNumber(name, value, { min, max }),
    schema: { type: 'number', minimum: min, maximum: max },
  };
}

export function wholeFrom(min: number, max: number): FaultField<number> {
  return {
    check: (name, value) => requireNumber(name, value, { min, max, integer: true }),
    schema: { type: 'integer', minimum: min, maximum: max },
  };
}

export function oneOf<const Choice extends string>(...choices: readonly Choice[]): FaultField<Choice> {
  return {
    check: (name, value) => requireOneOf(name, value, choices),
    schema: { type: 'string', enum: choices },
  };
}

export function amountOf(field: FaultField<number>): FaultField<Amount> {
  return {
    check: (name, value) =>
      Array.isArray(value) ? checkRange(name, value, field) : field.check(name, value),
    schema: { anyOf: [field.schema, { type: 'array', items: field.schema, minItems: 2, maxItems: 2 }] },
  };
}

export function wordOr<const Word extends string>(
  word: Word,
  field: FaultField<number>,
): FaultField<Word | number> {
  return {
    check: (name, value) => (value === word ? word : field.check(name, value)),
    schema: { anyOf: [field.schema, { const: word }] },
  };
}

export function groupOf<const Fields extends FaultFields>(fields: Fields): FaultField<GivenValues<Fields>> {
  return { check: (name, value) => checkFields(name, value, fields), schema: fieldsSchema(fields) };
}

export const COUNT = wholeFrom(1, 1_000_000);
export const TIME_MS = numberFrom(0, MAX_TIMER_MS);
export const FLAG: FaultField<boolean> = { check: requireBoolean, schema: { type: 'boolean' } };
export const NAME: FaultField<string> = { check: requireString, schema: { type: 'string', minLength: 1 } };
/** A text, which may be empty. */
export const TEXT: FaultField<string> = {
  check: (name, value) => (value === '' ? value : requireString(name, value)),
  schema: { type: 'string' },
};

export const CLOSE_CODE: FaultField<number> = {
  check: (name, value) => {
    const code = requireNumber(name, value, { min: 1000, max: 4999, integer: true });
    if ([1004, 1005, 1006, 1015].includes(code) || (code > 1014 && code < 3000)) {
      throw new RangeError(
        `${name} must be a close code that may be sent (1000–1003, 1007–1014, 3000–4999), got ${code}`,
      );
    }
    return code;
  },
  schema: {
    type: 'integer',
    anyOf: [
      { minimum: 1000, maximum: 1003 },
      { minimum: 1007, maximum: 1014 },
      { minimum: 3000, maximum: 4999 },
    ],
  },
};

/** At most 123 bytes of UTF-8, the limit of a close frame. */
export const CLOSE_REASON: FaultField<string> = {
  check: (name, value) => {
    const reason = TEXT.check(name, value);
    const bytes = Buffer.byteLength(reason);
    if (bytes > 123) throw new RangeError(`${name} must be at most 123 bytes, got ${bytes}`);
    return reason;
  },
  schema: { type: 'string', maxLength: 123 },
};

export const HEADERS: FaultField<Readonly<Record<string, string>>> = {
  check: (name, value) => {
    const headers = requireObject(name, value);
    for (const [header, content] of Object.entries(headers)) {
      if (/[^\w!#$%&'*+.^`|~-]/.test(header) || header === '') {
        throw new RangeError(`${name} must have valid header names, got ${shownValue(header)}`);
      }
      const path = `${name}.${shownName(header)}`;
      if (/[^\t\x20-\x7e\x80-\xff]/.test(requireString(path, content))) {
        throw new RangeError(`${path} must be Latin-1 text without control characters`);
      }
    }
    return headers as Record<string, string>;
  },
  schema: { type: 'object', additionalProperties: { type: 'string', minLength: 1 } },
};

/** Refuses unknown names and invalid values; returns the value itself. */
export function checkFields<Fields extends FaultFields>(
  name: string,
  value: unknown,
  fields: Fields,
): GivenValues<Fields> {
  const object = requireOptions(name, value);
  refuseUnknownNames(name, object, Object.keys(fields));
  for (const [parameter, field] of Object.entries(fields)) {
    const isGiven = object[parameter] !== undefined;
    if (isGiven || field.isOptional !== true) field.check(`${name}.${parameter}`, object[parameter]);
  }
  return value as GivenValues<Fields>;
}

/** A copy in which absent parameters have their defaults. */
export function filledValues<Fields extends FaultFields>(
  values: Readonly<Record<string, unknown>>,
  fields: Fields,
): FilledValues<Fields> {
  const filled = { ...values };
  for (const [parameter, field] of Object.entries(fields)) {
    if ('default' in field) filled[parameter] ??= field.default;
  }
  return filled as FilledValues<Fields>;
}

export function fieldsSchema(fields: FaultFields): JsonSchema {
  const properties = Object.entries(fields).map(([name, field]) => [
    name,
    'default' in field ? { ...field.schema, default: field.default } : field.schema,
  ]);
  const required = Object.keys(fields).filter((name) => fields[name]?.isOptional !== true);
  return {
    type: 'object',
    properties: Object.fromEntries(properties) as JsonSchema,
    required,
    additionalProperties: false,
  };
}

function checkRange(name: string, bounds: readonly unknown[], field: FaultField<number>): Amount {
  const [least, most] = bounds;
  if (bounds.length !== 2) {
    throw new RangeError(`${name} must be a number or [least, most], got ${bounds.length} items`);
  }
  const low = field.check(`${name}[0]`, least);
  const high = field.check(`${name}[1]`, most);
  if (low > high) throw new RangeError(`${name}[0] must be at most ${name}[1], got ${low} and ${high}`);
  return [low, high];
}

/**
 * The phase in which a fault strikes, and what `nth` counts in it:
 * - `token`: requests at the token endpoint
 * - `upgrade`: WebSocket upgrade requests
 * - `handshake`: connections whose first message arrived
 * - `runtime`: connections that were confirmed
 */
export type FaultPhase = 'token' | 'upgrade' | 'handshake' | 'runtime';

/** A token request or an upgrade request. */
export interface RequestTarget {
  /** Answers with an HTTP response. */
  answer(status: number, headers: Readonly<Record<string, string>>, body: string): void;
  /** Never answers; a disconnect of the client is still detected. */
  hang(): void;
  /** TCP reset. */
  reset(): void;
}

/** An accepted WebSocket, before or after the confirmation. */
export interface ConnectionTarget {
  readonly socket: ServiceSocket;
  /** Empty before the confirmation. */
  readonly connectionId: string;
  readonly avatarId: string;
  /** The latest request, empty when there was none. */
  readonly currentReqId: string;
  readonly random: Random;
}

/** Changes that faults make to a confirmation before it is sent; the first fault that sets a member has priority. */
export interface ConfirmationPlan {
  capabilities: readonly string[];
  /** Undefined: the service makes an id. */
  connectionId?: string;
  /**
   * The number of keyframes of an unknown request that follow the confirmation, in one segment with it and with a message of an unknown
   * type.
   */
  foreignFrames?: number;
  drop?: { readonly afterMs: number; readonly code: number | undefined };
}

export interface FaultRow<Phase extends FaultPhase, Fields extends FaultFields> {
  readonly phases: readonly Phase[];
  /** For the documents, the help of the command and the schema. */
  readonly about: string;
  readonly fields: Fields;
  /** Whether nothing is left to answer after it. Default: false. */
  isFinal?(fault: FilledValues<Fields>): boolean;
  /** The delay of the answer; before the confirmation such a fault has no other effect. */
  delayMs?(fault: FilledValues<Fields>): number;
  /** The effect in the phases `token` and `upgrade`. */
  onRequest?(fault: FilledValues<Fields>, target: RequestTarget): void;
  /** The effect in the phases `handshake` and `runtime`. */
  onConnection?(fault: FilledValues<Fields>, target: ConnectionTarget): void;
  /** The effect in the phase `handshake`, before the confirmation is sent. */
  onConfirmation?(fault: FilledValues<Fields>, confirmation: ConfirmationPlan): void;
}

/** Infers the types of a row, so that its functions get the parameters by name. */
export function faultRow<const Phase extends FaultPhase, const Fields extends FaultFields>(
  row: FaultRow<Phase, Fields>,
): FaultRow<Phase, Fields> {
  return row;
}
