/**
 * What is not the service's answer: the one notion of it. Something in front of the service answers in its place during a
 * deploy, behind a firewall, at a rate limit or in a portal. It shows by a status that the service does not use, or by a body
 * that is in none of the service's shapes. Words that a table knows are the service's own, wherever they stand: ask that first.
 */
import { hasServiceShape } from './error-body.js';
import type { FailureFacts } from './failure-facts.js';
import type { MatchedRow } from './matched-row.js';

interface GatewayStatusRule {
  /** Inclusive. */
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** Statuses that the service itself does not use, whatever body comes with them. */
const GATEWAY_STATUS_RULES: readonly GatewayStatusRule[] = Object.freeze(
  [
    { from: 300, to: 399, reason: 'a redirect: the service has one address' },
    { from: 405, to: 405, reason: 'a method that a proxy does not let through' },
    { from: 407, to: 407, reason: 'a proxy that wants a login' },
    { from: 421, to: 421, reason: 'a connection that a proxy leads elsewhere' },
    { from: 426, to: 426, reason: 'a proxy that speaks another protocol' },
    { from: 507, to: 507, reason: 'storage that is used up in front of the service' },
    { from: 509, to: 509, reason: 'bandwidth that is used up in front of the service' },
    { from: 511, to: 511, reason: 'a portal that wants a login' },
    { from: 520, to: 527, reason: 'a CDN that does not reach the service' },
    { from: 530, to: 530, reason: 'a CDN that does not know the service' },
  ].map((row) => Object.freeze(row)),
);

/** Bodies that are in none of the service's shapes, in words. */
const GATEWAY_BODY_ROWS = Object.freeze({
  empty: 'an empty body',
  page: 'a page',
  foreign: 'a body in no shape of the service',
});

/** What is no HTTP at all, or no WebSocket upgrade, in words. */
const MALFORMED = 'an answer that the protocol does not know';

/** Why this is not the service's answer, as a row in words; undefined where it is. */
export function gatewayAnswer(httpStatus: number, body: string): string | undefined {
  const rule = GATEWAY_STATUS_RULES.find(({ from, to }) => httpStatus >= from && httpStatus <= to);
  if (rule !== undefined) return gatewayStatusRow(rule);
  if (body.trim() === '') return GATEWAY_BODY_ROWS.empty;
  if (isPage(body)) return GATEWAY_BODY_ROWS.page;
  return hasServiceShape(body) ? undefined : GATEWAY_BODY_ROWS.foreign;
}

/** HTML, or another markup: no body of the service begins so. */
export function isPage(body: string): boolean {
  return /^\s*</.test(body);
}

/** The row in words. */
function gatewayStatusRow({ from, to, reason }: GatewayStatusRule): string {
  return `HTTP ${from === to ? from : `${from} to ${to}`}, ${reason}`;
}

/**
 * What such an answer means in a session that had been confirmed: the service had accepted the same credentials at the same
 * address, so it has not refused them now.
 */
export function notTheService(gatewayRow: string): MatchedRow {
  return {
    code: 'upstreamError',
    matchedRow: `${gatewayRow}: not the service’s answer, as it had confirmed the session before`,
  };
}

/** The same for an answer that could not be read, where the session had been confirmed; undefined for all others. */
export function malformedAnswer({ confirmedBefore, step }: FailureFacts): MatchedRow | undefined {
  const answered = step === 'request' || step === 'upgrade';
  return answered && confirmedBefore === true ? notTheService(MALFORMED) : undefined;
}

/** Every row that leads to `upstreamError` in a session that had been confirmed. */
export function gatewayRows(): readonly MatchedRow[] {
  const statuses = GATEWAY_STATUS_RULES.map(gatewayStatusRow);
  return [...statuses, ...Object.values(GATEWAY_BODY_ROWS), MALFORMED].map(notTheService);
}
