/**
 * The options of `explain` as facts of a failure: one kind of evidence, with the step where it was observed.
 * Interprets nothing: the facts go to the same classification as those of a session.
 */
import type { FailureFacts } from '../core/failure/failure-facts.js';
import { PHASES } from '../core/failure/phase.js';
import { MAX_TIMER_MS } from '../core/option/option-check.js';
import { shownValue } from '../core/option/shown-value.js';
import type { Phase, Step } from '../index.js';
import { InputError, parseNumber } from './command.js';

export const FACT_OPTIONS = {
  close: { type: 'string' },
  reason: { type: 'string' },
  idle: { type: 'boolean' },
  http: { type: 'string' },
  body: { type: 'string' },
  header: { type: 'string', multiple: true },
  'retry-after': { type: 'string' },
  'server-error': { type: 'string' },
  text: { type: 'string' },
  'req-id': { type: 'string' },
  errno: { type: 'string' },
  timeout: { type: 'string' },
  silence: { type: 'string' },
  phase: { type: 'string' },
  egress: { type: 'boolean' },
  reconnect: { type: 'boolean' },
} as const;

export interface FactValues extends Readonly<
  Partial<
    Record<Exclude<keyof typeof FACT_OPTIONS, 'idle' | 'egress' | 'reconnect' | 'header'>, string | undefined>
  >
> {
  readonly idle?: boolean | undefined;
  readonly egress?: boolean | undefined;
  readonly reconnect?: boolean | undefined;
  readonly header?: readonly string[] | undefined;
}

type Kind = 'close' | 'http' | 'server-error' | 'errno' | 'timeout' | 'silence';

interface KindRule {
  /** Where this kind can be observed, and at which step; the first phase is the default. */
  readonly steps: ReadonlyMap<Phase, Step>;
  /** The details that mean something beside it. */
  readonly details: readonly (keyof FactValues)[];
}

const KINDS: Readonly<Record<Kind, KindRule>> = {
  close: {
    steps: new Map([
      ['websocket_runtime', 'close'],
      ['websocket_connect', 'handshake'],
    ]),
    details: ['reason', 'idle'],
  },
  http: {
    steps: new Map([
      ['websocket_connect', 'upgrade'],
      ['session_token', 'request'],
    ]),
    details: ['body', 'header', 'retry-after'],
  },
  'server-error': {
    steps: new Map([
      ['websocket_runtime', 'receive'],
      ['websocket_connect', 'handshake'],
    ]),
    details: ['text', 'req-id'],
  },
  errno: {
    steps: new Map([
      ['websocket_connect', 'upgrade'],
      ['session_token', 'request'],
      ['websocket_runtime', 'close'],
    ]),
    details: ['text'],
  },
  timeout: {
    steps: new Map([
      ['websocket_connect', 'upgrade'],
      ['session_token', 'request'],
    ]),
    details: [],
  },
  silence: { steps: new Map([['websocket_runtime', 'heartbeat']]), details: [] },
};

const DETAILS = ['reason', 'idle', 'body', 'header', 'retry-after', 'text', 'req-id'] as const;

/**
 * @throws InputError unless exactly one kind of evidence is given, in a phase where it can be, with details
 * of its own
 */
export function readFacts(values: FactValues): FailureFacts {
  const kinds = Object.keys(KINDS) as Kind[];
  const [kind, second] = kinds.filter((name) => values[name] !== undefined);
  const all = kinds.map((name) => `--${name}`).join(', ');
  if (kind === undefined) throw new InputError(`explain: nothing to explain; give one of ${all}`);
  if (second !== undefined) throw new InputError(`explain: --${kind} and --${second} exclude each other`);
  const stray = DETAILS.find((name) => values[name] !== undefined && !KINDS[kind].details.includes(name));
  if (stray !== undefined) throw new InputError(`explain: --${stray} means nothing beside --${kind}`);

  const { phase, step } = whereOf(kind, values.phase);
  const confirmed = phase === 'websocket_runtime';
  const confirmedBefore = confirmed || values.reconnect === true;
  const where = { phase, step, usesEgress: values.egress === true, confirmedBefore };
  const number = (min: number, max: number): number =>
    parseNumber(`--${kind}`, values[kind], { min, max, integer: true }) ?? 0;
  switch (kind) {
    case 'close':
      return {
        ...where,
        kind: 'socketClosed',
        closeCode: number(1000, 4999),
        closeReason: values.reason ?? '',
        confirmed,
        unfinishedRequests: values.idle === true ? 0 : 1,
      };
    case 'http': {
      const httpStatus = number(200, 599);
      const headers = readHeaders(values);
      // The console answered with success, without a usable token: that is another kind of evidence.
      const tokenMissing = phase === 'session_token' && httpStatus < 300;
      const body = values.body ?? '';
      return { ...where, kind: tokenMissing ? 'tokenMissing' : 'httpRefused', httpStatus, headers, body };
    }
    case 'server-error': {
      const serverCode = number(-(2 ** 31), 2 ** 31 - 1);
      const reqId = values['req-id'];
      const message = values.text ?? '';
      const request = reqId === undefined ? {} : { reqId };
      return { ...where, ...request, kind: 'serverErrorReceived', serverCode, message, confirmed };
    }
    case 'errno':
      return { ...where, kind: 'transportFailed', errno: values.errno ?? '', message: values.text ?? '' };
    case 'timeout':
      return { ...where, kind: 'stepTimedOut', timeoutMs: number(1, MAX_TIMER_MS) };
    case 'silence':
      return { ...where, kind: 'heartbeatMissed', silentMs: number(1, MAX_TIMER_MS) };
  }
}

function whereOf(kind: Kind, asked: string | undefined): { readonly phase: Phase; readonly step: Step } {
  const { steps } = KINDS[kind];
  const phase = asked === undefined ? [...steps.keys()][0] : PHASES.find((known) => known === asked);
  if (phase === undefined) {
    throw new InputError(`--phase must be one of ${PHASES.join(', ')}, got ${shownValue(asked)}`);
  }
  const step = steps.get(phase);
  if (step === undefined) throw new InputError(`explain: --${kind} can't happen in phase ${phase}`);
  return { phase, step };
}

function readHeaders(values: FactValues): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of values.header ?? []) {
    const [, name, value] = /^([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw new InputError(`--header must look like "Name: value", got ${shownValue(line)}`);
    }
    headers[name.toLowerCase()] = value;
  }
  const retryAfter = values['retry-after'];
  return retryAfter === undefined ? headers : { ...headers, 'retry-after': retryAfter };
}
