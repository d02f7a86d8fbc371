/**
 * Every remedy that does not follow from the code alone, with the words for when it applies, in the order in which they are
 * looked up. For people; what an error says is found by `remedyFor`.
 */
import { CLOSE_REMEDIES } from './close-remedies.js';
import { HTTP_REMEDIES } from './http-remedies.js';
import type { HttpRemedy } from './http-remedies.js';
import { LOCAL_PROBLEMS } from './local-problem.js';
import type { ProblemRow } from './local-problem.js';
import { SILENCE_REMEDIES, STEP_REMEDIES } from './remedy.js';
import { TRANSPORT_REMEDIES } from './transport-remedies.js';

/** Neighbours and others with the same sentence are one row. */
export function remedyRows(): readonly ProblemRow[] {
  const whens = new Map<string, string[]>();
  for (const { when, remediation } of allRows()) {
    const known = whens.get(remediation) ?? [];
    if (!known.includes(when)) known.push(when);
    whens.set(remediation, known);
  }
  return [...whens].map(([remediation, when]) => ({ when: when.join('; '), remediation }));
}

function allRows(): readonly ProblemRow[] {
  return [
    ...Object.values(LOCAL_PROBLEMS),
    ...Object.values(SILENCE_REMEDIES),
    ...HTTP_REMEDIES.map((row) => ({ when: httpWords(row), remediation: row.remediation })),
    ...CLOSE_REMEDIES.map(({ from, to, remediation }) => ({
      when: `close code ${from === to ? from : `${from} to ${to}`}`,
      remediation,
    })),
    ...TRANSPORT_REMEDIES.map(({ errno, words, remediation }) => ({
      when: `\`${errno}\`${words === undefined ? '' : ` that says "${words}"`}`,
      remediation,
    })),
    ...Object.entries(STEP_REMEDIES).map(([step, remediation]) => ({
      when: `time-out of ${step}`,
      remediation,
    })),
  ];
}

function httpWords({ door, from, to, ofGateway, words, unless }: HttpRemedy): string {
  const range = `HTTP ${from === to ? from : `${from} to ${to}`}`;
  const at = { any: '', token: ' to the token request', upgrade: ' to the upgrade' }[door];
  const by = ofGateway === true ? ', not from the service' : '';
  const says = words === undefined ? '' : ` that says "${words}"`;
  return `${range}${at}${by}${says}${unless === undefined ? '' : ' without words of a plan'}`;
}
