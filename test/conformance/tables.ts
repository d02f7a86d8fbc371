/**
 * The rule tables of the core as plain data, for a client in another language: complete, where the case files
 * have only samples. Every row comes from the product's own tables or functions; only the neutral names of
 * the transport codes are defined here. tables.test.ts compares the result with tables.json.
 */
import { AVATAR_SDK_ERROR_CODES } from '../../src/core/failure/avatar-sdk-error-code.js';
import type { AvatarSDKErrorCode, FailureOrigin } from '../../src/core/failure/avatar-sdk-error-code.js';
import { classify } from '../../src/core/failure/classify.js';
import { REFUSED_BY_PAGE } from '../../src/core/failure/classify-http.js';
import {
  CLOSE_CODE_RULES,
  OTHER_CLOSE_CODE_RULES,
  SESSION_TOKEN_WORDS,
  TOKEN_WORDS,
} from '../../src/core/failure/classify-socket.js';
import type { FailureFacts } from '../../src/core/failure/failure-facts.js';
import {
  gatewayAnswer,
  HTTP_STATUS_RULES,
  refusedHandshake,
} from '../../src/core/failure/http-status-rules.js';
import { EGRESS_WORDS, SERVER_ERROR_RULES, TEXT_RULES } from '../../src/core/failure/server-error-rules.js';
import { TRANSPORT_RULES } from '../../src/core/failure/transport-rules.js';
import { DEFAULT_BUDGET_NUMBERS } from '../../src/core/gate/fair-budget.js';
import { dialEvidence, lossEvidence } from '../../src/core/gate/gate-belief.js';
import { DEFAULT_GATE_NUMBERS } from '../../src/core/gate/gate-health.js';
import {
  decide,
  SAME_FAILURE_WINDOW_MS,
  sameFailure,
  serverErrorEffect,
} from '../../src/core/policy/decide.js';
import { delayCeilingMs, drainWindowMs, HINT_SPREAD, isDrainNotice } from '../../src/core/policy/delay.js';
import { beginOutage, connectionLost, stepLimitMs } from '../../src/core/policy/outage.js';
import {
  reconnectRule,
  RECONNECT_RULES,
  RECONNECT_RULE_NAMES,
} from '../../src/core/policy/reconnect-rules.js';
import { DEFAULT_RETRY_POLICY, RETRY_PRESETS } from '../../src/core/policy/retry-presets.js';
import { TRANSITIONS } from '../../src/core/session/session-life.js';
import { KEYFRAMES_PER_SECOND } from '../../src/core/utterance/recovery.js';
import { SAMPLE_BYTES } from '../../src/core/utterance/sample-aligner.js';

/** Codes of Node and OpenSSL, grouped by cause, for runtimes whose codes have other names. */
const TRANSPORT_CLASSES: Readonly<Record<string, readonly string[]>> = {
  certificate: [
    'CERT_*',
    'CRL_*',
    'UNABLE_TO_*',
    'ERROR_IN_CERT_*',
    'ERROR_IN_CRL_*',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'INVALID_CA',
    'INVALID_PURPOSE',
    'PATH_LENGTH_EXCEEDED',
    'HOSTNAME_MISMATCH',
    'ERR_TLS_CERT_*',
  ],
  badAddress: ['ERR_INVALID_URL', 'ERR_INVALID_PROTOCOL', 'ERR_UNESCAPED_CHARACTERS', 'ERR_SOCKET_BAD_PORT'],
  badHeader: ['ERR_INVALID_CHAR', 'ERR_INVALID_HTTP_TOKEN', 'ERR_POLLUTED_PROTOTYPE'],
  brokenInstallation: ['ERR_MODULE_NOT_LOADED'],
  answerCut: ['HPE_INVALID_EOF_STATE'],
  headersTooLong: ['HPE_HEADER_OVERFLOW'],
  notHttp: ['HPE_*', 'ERR_BODY_TOO_LARGE'],
  notWebSocket: ['WS_ERR_*'],
  dns: ['ENOTFOUND', 'EAI_*'],
  refused: ['ECONNREFUSED'],
  reset: ['ECONNRESET', 'ECONNABORTED', 'EPIPE'],
  timedOut: ['ETIMEDOUT'],
  unreachable: ['EHOST*', 'ENET*'],
  usedUp: ['EADDRNOTAVAIL', 'EMFILE'],
  tls: ['EPROTO', 'ERR_SSL_*'],
};

const STATUSES = range(100, 599);
const CLOSE_CODES = range(1000, 4999);
const LONG_MS = 1e9;

export function ruleTables(): object {
  return asJson({
    format: 1,
    about:
      'The rules of README.md as data, generated from the code. The order of the rows matters: the first row that matches is used.',
    codes: AVATAR_SDK_ERROR_CODES,
    texts: TEXT_RULES.map(withoutReason),
    egressWords: EGRESS_WORDS,
    expiredTokenPatterns: { withoutEgress: TOKEN_WORDS.source, withEgress: SESSION_TOKEN_WORDS.source },
    closeCodes: CLOSE_CODE_RULES.map(withoutReason),
    otherCloseCodes: OTHER_CLOSE_CODE_RULES.map(withoutReason),
    transportCloseCodes: CLOSE_CODES.filter((closeCode) => originOf(closeCode) === 'transport'),
    serverErrors: SERVER_ERROR_RULES.map(({ numbers, word, code, egressCode, egressEvidence }) => ({
      numbers,
      word,
      code,
      egressCode,
      egressEvidence,
    })),
    httpStatuses: HTTP_STATUS_RULES.map(withoutReason),
    pageAtUpgrade: { status: 400, code: REFUSED_BY_PAGE.code },
    gateway: {
      statuses: rangesOf(
        STATUSES.filter((status) => gatewayAnswer(status, ONE_OF_THE_SERVICE, false) !== undefined),
      ),
      accountStatuses: STATUSES.filter((status) => gatewayAnswer(status, ONE_OF_ANYONE, true) === undefined),
      handshakeCloseCodes: CLOSE_CODES.filter((closeCode) => isRefusedHandshake(closeCode)),
    },
    transportCodes: TRANSPORT_RULES.map(({ errno, verdict, origin }) => ({
      errno,
      class: Object.keys(TRANSPORT_CLASSES).find((name) => TRANSPORT_CLASSES[name]?.includes(errno)),
      verdict,
      origin: origin ?? (verdict === 'malformed' ? 'service' : 'transport'),
    })),
    effects: perCode((code) => ({
      effect: serverErrorEffect(DEFAULT_RETRY_POLICY, { code, permanent: false }),
      whenPermanent: serverErrorEffect(DEFAULT_RETRY_POLICY, { code, permanent: true }),
    })),
    sameFailure: {
      windowMs: SAME_FAILURE_WINDOW_MS,
      closeCodesThatSayNothing: CLOSE_CODES.filter(saysNothing),
    },
    policies: RETRY_PRESETS,
    delays: {
      greatestExponent: Math.log2(delayCeilingMs({ ...GROWS, factor: 2 }, 1_000)),
      hintSpread: HINT_SPREAD,
      drainCloseCodes: CLOSE_CODES.filter(isDrainNotice),
      drainMsPerSession: drainWindowMs(1, { ...GROWS, baseMs: 0 }),
      loneMs: loneWindowMs(),
      firstPatientAttempt: range(1, 100).find((attempt) => stepLimitMs(DEFAULT_RETRY_POLICY, attempt, 1) > 1),
    },
    reconnectRules: RECONNECT_RULE_NAMES.map((name) => {
      const { code, when, action } = RECONNECT_RULES[name];
      return { name, code, when, action };
    }),
    reconnectMs: {
      ownGhost: reconnectUntilMs('ownGhost'),
      certificateRotation: reconnectUntilMs('certificate'),
    },
    gate: {
      numbers: DEFAULT_GATE_NUMBERS,
      evidence: perCode((code) => ({
        dial: dialEvidence(failureWith(code)),
        permanentDial: dialEvidence(failureWith(code, true)),
        dialRefusedByGateway: dialEvidence({ ...failureWith(code), origin: 'gateway' }),
        dialRefusedByGatewayWithHint: dialEvidence({
          ...failureWith(code),
          origin: 'gateway',
          retryAfterMs: 1,
        }),
        loss: lossEvidence({ code }),
      })),
    },
    budget: DEFAULT_BUDGET_NUMBERS,
    transitions: TRANSITIONS,
    utterance: { keyframesPerSecond: KEYFRAMES_PER_SECOND, sampleBytes: SAMPLE_BYTES },
  });
}

const ONE_OF_THE_SERVICE = '{"errors":[{"id":"1"}]}';
const ONE_OF_ANYONE = '{"message":"x"}';
const GROWS = { baseMs: 1, factor: 1, capMs: 2 ** 31 - 1, jitter: 'none', minIntervalMs: 0 } as const;

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Groups successive numbers into ranges with inclusive bounds. */
function rangesOf(numbers: readonly number[]): object[] {
  const starts = numbers.filter((number) => !numbers.includes(number - 1));
  const ends = numbers.filter((number) => !numbers.includes(number + 1));
  return starts.map((from, index) => ({ from, to: ends[index] }));
}

function withoutReason(row: object): object {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'reason'));
}

function perCode(row: (code: AvatarSDKErrorCode) => object): object {
  return Object.fromEntries(AVATAR_SDK_ERROR_CODES.map((code) => [code, row(code)]));
}

function closed(closeCode: number): Extract<FailureFacts, { kind: 'socketClosed' }> {
  return {
    kind: 'socketClosed',
    phase: 'websocket_connect',
    step: 'handshake',
    usesEgress: false,
    closeCode,
    closeReason: '',
    confirmed: false,
    unfinishedRequests: 0,
  };
}

function originOf(closeCode: number): FailureOrigin | undefined {
  const found = classify(closed(closeCode), 0);
  return found.normalEnd ? undefined : found.origin;
}

function isRefusedHandshake(closeCode: number): boolean {
  return refusedHandshake({ ...closed(closeCode), confirmedBefore: true }) !== undefined;
}

function saysNothing(closeCode: number): boolean {
  return sameFailure({ code: 'serverError', serverCode: '0' }, { code: 'connectionClosed', closeCode }, 0);
}

function failureWith(code: AvatarSDKErrorCode, permanent = false) {
  return { code, permanent, phase: 'websocket_connect' } as const;
}

const LOST = connectionLost(beginOutage(0), { confirmedAtMs: 0, nowMs: LONG_MS, stableAfterMs: 0 });

/** The upper bound of the first delay after a loss that is lone. */
function loneWindowMs(): number {
  const lost = {
    code: 'connectionClosed',
    permanent: false,
    phase: 'websocket_runtime',
    isLone: true,
  } as const;
  const decision = decide(DEFAULT_RETRY_POLICY, LOST, lost, LONG_MS, () => 0);
  return decision.action === 'retry' ? decision.maxDelayMs : NaN;
}

/** How long a row of the reconnect rules applies after the loss, or after the first bad certificate. */
function reconnectUntilMs(what: 'ownGhost' | 'certificate'): number {
  const failure =
    what === 'ownGhost'
      ? failureWith('concurrencyLimit')
      : ({ ...failureWith('connectionFailed', true), origin: 'transport' } as const);
  const outage = { ...LOST, badCertificateAtMs: LONG_MS };
  return (reconnectRule(DEFAULT_RETRY_POLICY, outage, failure, LONG_MS)?.untilMs ?? NaN) - LONG_MS;
}

/** JSON has no Infinity: null stands for no limit. */
function asJson(value: object): object {
  return JSON.parse(JSON.stringify(value)) as object;
}
