/**
 * The TypeScript types of the kit's case files, and the functions that read them from disk. README.md beside
 * this file says what every field means; case-file.schema.json says what is allowed. Nothing here runs a
 * case.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type {
  AvatarSDKErrorCode,
  FailureOrigin,
  Phase,
} from '../../src/core/failure/avatar-sdk-error-code.js';
import type { FailureFacts } from '../../src/core/failure/failure-facts.js';
import type { BudgetNumbers } from '../../src/core/gate/fair-budget.js';
import type { GateNumbers } from '../../src/core/gate/gate-health.js';
import type { RetryOptions } from '../../src/core/policy/retry-options.js';
import type { Recovery } from '../../src/core/utterance/recovery.js';
import type { GivenRandom } from './draws.js';
import { PROJECT, readSource } from '../source-imports.js';

/** The expected members of the record that is observed after one step; the record may have others. */
export type Expectation = Readonly<Record<string, unknown>>;

/** Facts of a failure. Members that have a default in README.md can be absent. */
export type GivenFacts = {
  readonly [Kind in FailureFacts['kind']]: { readonly kind: Kind } & Partial<
    Omit<Extract<FailureFacts, { readonly kind: Kind }>, 'kind' | 'confirmed'>
  >;
}[FailureFacts['kind']];

export type GivenFailure =
  | { readonly facts: GivenFacts; readonly tokenStale?: boolean; readonly mintsRoomTokens?: boolean }
  | {
      readonly code: AvatarSDKErrorCode;
      readonly phase: Phase;
      readonly permanent?: boolean;
      readonly retryAfterMs?: number;
      readonly origin?: FailureOrigin;
      readonly tokenStale?: boolean;
    };

interface Named {
  readonly name: string;
}

export interface ClassificationCase extends Named {
  readonly facts: GivenFacts;
  readonly nowEpochMs?: number;
  readonly expect: Expectation;
}

export interface HintCase extends Named {
  readonly headers: Readonly<Record<string, string>>;
  readonly nowEpochMs: number;
  readonly expect: Expectation;
}

export interface DuplicateCase extends Named {
  readonly first: GivenFacts;
  readonly second: GivenFacts;
  readonly afterMs: number;
  readonly expect: Expectation;
}

export type DecisionEvent = { readonly atMs: number; readonly expect?: Expectation } & (
  | { readonly event: 'start' | 'dialStarted' | 'confirmed' }
  | { readonly event: 'failed'; readonly failure: GivenFailure }
  | {
      readonly event: 'lost';
      readonly failure: GivenFailure;
      readonly sessions?: number;
      readonly lone?: boolean;
      readonly lastSignOfLifeAtMs?: number;
    }
);

export interface DecisionCase extends Named {
  readonly policy: RetryOptions | false;
  readonly random?: GivenRandom;
  readonly events: readonly DecisionEvent[];
}

/** `account`, `prepares`, `leaseMs` and `ready` are for the subject `gateAccounts`. */
export type GateEvent = { readonly atMs: number; readonly expect?: Expectation } & (
  | {
      readonly event: 'join';
      readonly sessions: readonly string[];
      readonly account?: string;
      readonly prepares?: boolean;
      readonly leaseMs?: number;
    }
  | { readonly event: 'ready' | 'succeeded' | 'leave'; readonly sessions: readonly string[] }
  | { readonly event: 'failed'; readonly sessions: readonly string[]; readonly failure: GivenFailure }
  | { readonly event: 'lost'; readonly failure: GivenFailure; readonly account?: string }
  | { readonly event: 'wait' }
);

export interface GateCase extends Named {
  readonly enrolled?: number;
  readonly numbers?: Partial<GateNumbers>;
  readonly random?: GivenRandom;
  readonly events: readonly GateEvent[];
}

export interface StepLimitCase extends Named {
  readonly policy: RetryOptions | false;
  readonly timeoutMs?: number;
  readonly attempt: number;
  readonly outageMs?: number;
  readonly latest?: AvatarSDKErrorCode;
  readonly expect: Expectation;
}

export interface BudgetCase extends Named {
  readonly numbers?: Partial<BudgetNumbers>;
  readonly events: readonly {
    readonly atMs: number;
    readonly event: 'earned' | 'ask';
    readonly count?: number;
    readonly expect?: Expectation;
  }[];
}

export type UtteranceEvent = { readonly expect?: Expectation } & (
  | { readonly event: 'say'; readonly bytes: number }
  | { readonly event: 'frames'; readonly keyframes: number; readonly end?: boolean }
  | { readonly event: 'played'; readonly ms: number }
  | { readonly event: 'end' | 'audioForgotten' | 'lost' | 'connected' }
);

export interface UtteranceCase extends Named {
  readonly recovery: Recovery;
  readonly usesEgress: boolean;
  readonly leadInMs?: number;
  readonly audio: { readonly format: 'pcm' | 'oggOpus'; readonly sampleRateHz: number };
  readonly events: readonly UtteranceEvent[];
}

export interface WireCase extends Named {
  readonly from: 'client' | 'service';
  readonly hex: string;
  /** Whether the message also encodes to these bytes. Default: true. */
  readonly encodes?: boolean;
  readonly expect: Expectation;
}

export interface RedactionCase extends Named {
  readonly secrets: readonly string[];
  readonly text: string;
  readonly expect: Expectation;
}

export type SessionEvent = { readonly atMs: number; readonly expect?: Expectation } & (
  | { readonly event: 'start' | 'close' | 'wait' }
  | { readonly event: 'say'; readonly request: string; readonly bytes: number; readonly end?: boolean }
  | { readonly event: 'interrupt'; readonly request: string }
  | {
      readonly event: 'frames';
      readonly request: string;
      readonly keyframes: number;
      readonly end?: boolean;
      /** The number of the run, from 1. Default: the latest run. */
      readonly run?: number;
    }
  | { readonly event: 'serverError'; readonly serverCode: number; readonly message?: string }
  | { readonly event: 'dropped'; readonly closeCode: number; readonly closeReason?: string }
);

export interface SessionCase extends Named {
  readonly policy: RetryOptions | false;
  readonly recovery?: Recovery;
  readonly leadInMs?: number;
  /** The result of each dial; the last one applies to all further dials. Default: all are confirmed. */
  readonly dials?: readonly ('confirm' | { readonly refuse: number; readonly body?: string })[];
  readonly events: readonly SessionEvent[];
}

interface Subjects {
  readonly classification: ClassificationCase;
  readonly hint: HintCase;
  readonly duplicate: DuplicateCase;
  readonly decision: DecisionCase;
  readonly gate: GateCase;
  readonly gateAccounts: GateCase;
  readonly budget: BudgetCase;
  readonly stepLimit: StepLimitCase;
  readonly utterance: UtteranceCase;
  readonly wire: WireCase;
  readonly redaction: RedactionCase;
  readonly session: SessionCase;
}

/** One case together with its subject. */
export type SubjectCase = {
  readonly [Subject in keyof Subjects]: { readonly subject: Subject; readonly one: Subjects[Subject] };
}[keyof Subjects];

export interface CaseFile {
  readonly format: number;
  readonly subject: keyof Subjects;
  readonly title: string;
  readonly about: string;
  readonly cases: readonly Named[];
}

export const CASES_FOLDER = 'test/conformance/cases';

/** The names of all case files, in alphabetical order. */
export function caseFileNames(): readonly string[] {
  return readdirSync(join(PROJECT, CASES_FOLDER)).sort();
}

/** Parses the file. The type is not checked here, because a test checks each file with the schema. */
export function readCaseFile(name: string): CaseFile {
  return JSON.parse(readSource(`${CASES_FOLDER}/${name}`)) as CaseFile;
}

/** The cases of a file, each with the file's subject. */
export function casesOf({ subject, cases }: CaseFile): readonly SubjectCase[] {
  return cases.map((one) => ({ subject, one }) as SubjectCase);
}
