/**
 * All kinds of faults in one table, and the types of a fault that are derived from it: plain JSON values, so that a plan can be written
 * in a test, on a command line or in a file. This file has the kinds that can strike a token request or an upgrade request; three of them
 * also strike later.
 */
import {
  byDefault,
  FLAG,
  HEADERS,
  optional,
  TEXT,
  TIME_MS,
  wholeFrom,
  faultRow,
  amountOf,
  COUNT,
  numberFrom,
  filledValues,
  wordOr,
} from './fault-row.js';
import type {
  Amount,
  FaultField,
  FaultFields,
  FilledValues,
  GivenValues,
  FaultPhase,
  FaultRow,
} from './fault-row.js';
import { CONFIRMATION_FAULTS, CONNECTION_FAULTS, MESSAGE_FAULTS } from './connection-faults.js';

const PHASES = ['token', 'upgrade', 'handshake', 'runtime'] as const;

export const REQUEST_FAULTS = {
  refuse: faultRow({
    phases: ['token', 'upgrade'],
    about: 'Answers with this HTTP response instead. 101 with wrong headers makes a malformed upgrade.',
    fields: { status: wholeFrom(100, 599), body: byDefault('', TEXT), headers: byDefault({}, HEADERS) },
    isFinal: () => true,
    onRequest: ({ status, headers, body }, target) => target.answer(status, headers, body),
  }),
  gatewayPage: faultRow({
    phases: ['token', 'upgrade'],
    about:
      'A gateway in front of the service answers: an HTML page with `status` and a matching title (or `title`); with ' +
      '`json`, an error as JSON, as API gateways write it. A status of 3xx names another host in `Location`; 200 is a ' +
      'maintenance page.',
    fields: {
      status: wholeFrom(200, 599),
      title: optional(TEXT),
      headers: byDefault({}, HEADERS),
      json: byDefault(false, FLAG),
    },
    isFinal: () => true,
    onRequest: ({ status, ...detail }, target) => {
      const { headers, body } = gatewayPage(status, detail);
      target.answer(status, headers, body);
    },
  }),
  reset: faultRow({
    phases: PHASES,
    about: 'Resets the TCP connection.',
    fields: {},
    isFinal: () => true,
    onRequest: (_fault, target) => target.reset(),
    onConnection: (_fault, { socket }) => socket.reset(),
  }),
  hang: faultRow({
    phases: ['token', 'upgrade', 'handshake'],
    about: 'Accepts and never answers. In the handshake, pings are still answered.',
    fields: {},
    isFinal: () => true,
    onRequest: (_fault, target) => target.hang(),
  }),
  delay: faultRow({
    phases: PHASES,
    about: 'Answers late. At runtime all output is delayed once, in order; pings are still answered.',
    fields: { delayMs: TIME_MS },
    delayMs: ({ delayMs }) => delayMs,
    onConnection: ({ delayMs }, { socket }) => socket.delayOutput(delayMs),
  }),
};

const TITLES: Readonly<Record<number, string>> = {
  200: 'We are down for maintenance',
  301: '301 Moved Permanently',
  302: '302 Found',
  400: '400 Bad Request',
  401: '401 Authorization Required',
  403: '403 Forbidden',
  404: 'default backend - 404',
  429: '429 Too Many Requests',
  500: '500 Internal Server Error',
  502: '502 Bad Gateway',
  503: '503 Service Temporarily Unavailable',
  504: '504 Gateway Time-out',
};

/** Messages of Kong and of AWS. The service's errors have this shape as well, with other messages. */
const MESSAGES: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'no Route matched with those values',
  429: 'API rate limit exceeded',
  500: 'Internal server error',
  502: 'An invalid response was received from the upstream server',
  503: 'failure to get a peer from the ring-balancer',
  504: 'Endpoint request timed out',
};

export interface GatewayPage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface GatewayPageDetail {
  /** The title of the page, or the message of the JSON. */
  readonly title?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: boolean;
}

/** An answer of a proxy or gateway, in the shape of common ones. */
export function gatewayPage(
  status: number,
  { title, headers = {}, json = false }: GatewayPageDetail = {},
): GatewayPage {
  const redirects = status >= 300 && status < 400;
  return {
    status,
    headers: {
      Server: json ? 'kong' : 'nginx',
      'Content-Type': json ? 'application/json' : 'text/html',
      ...(redirects ? { Location: 'https://login.gateway.test/sign-in' } : {}),
      ...headers,
    },
    body: json
      ? JSON.stringify({ message: title ?? MESSAGES[status] ?? TITLES[status] ?? String(status) })
      : htmlPage(title ?? TITLES[status] ?? String(status)),
  };
}

function htmlPage(title: string): string {
  return `<html>\n<head><title>${title}</title></head>\n<body>\n<center><h1>${title}</h1></center>\n<hr><center>nginx</center>\n</body>\n</html>\n`;
}

export type { Amount, FaultPhase } from './fault-row.js';

export const FAULT_KINDS = {
  ...REQUEST_FAULTS,
  ...CONFIRMATION_FAULTS,
  ...CONNECTION_FAULTS,
  ...MESSAGE_FAULTS,
};

export interface FaultTrigger {
  /** Only the nth occurrence of the phase, counted from 1 over the whole service. Default: any. */
  readonly nth?: number;
  /**
   * Probability from 0 to 1, drawn once per occurrence (at runtime: once per connection).
   *
   * @default 1
   */
  readonly probability?: number;
  /**
   * How often it may strike in total.
   *
   * @default 1
   */
  readonly times?: number | 'always';
}

/**
 * Conditions at runtime; all given ones must be met. Without any, the fault strikes right after the confirmation. Amounts count from the
 * confirmation (for an injected fault: from the injection), or within the request if `request` is given.
 */
export interface RuntimeTrigger extends FaultTrigger {
  /** Only the nth request of the connection, counted from 1. */
  readonly request?: number;
  /** After at least this many keyframes were sent (with egress: generated). */
  readonly afterKeyframes?: Amount;
  readonly afterMs?: Amount;
  readonly afterAudioBytes?: Amount;
}

type FieldsOf<Trigger> = { readonly [Name in keyof Trigger]-?: FaultField<NonNullable<Trigger[Name]>> };

const TRIGGER = {
  nth: optional(COUNT),
  probability: optional(numberFrom(0, 1)),
  times: optional(wordOr('always', COUNT)),
} satisfies FieldsOf<FaultTrigger>;
const RUNTIME_TRIGGER = {
  ...TRIGGER,
  request: optional(COUNT),
  afterKeyframes: optional(amountOf(wholeFrom(0, 1_000_000_000))),
  afterMs: optional(amountOf(TIME_MS)),
  afterAudioBytes: optional(amountOf(wholeFrom(0, Number.MAX_SAFE_INTEGER))),
} satisfies FieldsOf<RuntimeTrigger>;

/** The parameters that every kind has in this phase. */
export function triggerFields(phase: FaultPhase): FaultFields {
  return phase === 'runtime' ? RUNTIME_TRIGGER : TRIGGER;
}

type Kinds = typeof FAULT_KINDS;
type PhaseOf<Kind extends keyof Kinds> = Kinds[Kind]['phases'][number];
type Parameters<Kind extends keyof Kinds> = Kinds[Kind]['fields'];
type FaultAt<Kind extends keyof Kinds, Phase extends FaultPhase> = Phase extends 'runtime'
  ? { readonly kind: Kind; readonly phase: Phase } & RuntimeTrigger & GivenValues<Parameters<Kind>>
  : { readonly kind: Kind; readonly phase: Phase } & FaultTrigger & GivenValues<Parameters<Kind>>;

/** A fault of the embedded service, and when it strikes. */
export type Fault = { [Kind in keyof Kinds]: FaultAt<Kind, PhaseOf<Kind>> }[keyof Kinds];
/** The kind of a fault. */
export type FaultKind = Fault['kind'];
/** The faults that can strike in a phase. */
export type FaultIn<Phase extends FaultPhase> = Extract<Fault, { readonly phase: Phase }>;
/** The faults of one kind. */
export type FaultOf<Kind extends FaultKind> = Extract<Fault, { readonly kind: Kind }>;
/** A fault whose parameters have their defaults filled in. */
export type FilledFault<Kind extends FaultKind> = FaultOf<Kind> & FilledValues<Parameters<Kind>>;

export const FAULT_KIND_NAMES = Object.keys(FAULT_KINDS) as readonly FaultKind[];

export function rowOf(kind: FaultKind): FaultRow<FaultPhase, FaultFields> {
  return FAULT_KINDS[kind];
}

/** The fault with the defaults of its parameters. */
export function filled(fault: Fault): Readonly<Record<string, unknown>> {
  return filledValues({ ...fault }, rowOf(fault.kind).fields);
}

/** Whether nothing is left to answer after this fault. */
export function isFinal(fault: Fault): boolean {
  return rowOf(fault.kind).isFinal?.(filled(fault)) ?? false;
}
