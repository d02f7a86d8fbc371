/** Of `fault-row` and `parse-faults`: the JSON Schema of a plan. */
import Ajv from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { FAULT_KIND_NAMES, rowOf } from '../../../src/emulator/fault/fault.js';
import { faultsSchema } from '../../../src/emulator/fault/parse-faults.js';
import { FAULT_PLANS, parseFaults } from '../../../src/emulator/index.js';

const valid = new Ajv.default({ strict: false }).compile(faultsSchema());

function isParsed(value: unknown): boolean {
  try {
    parseFaults(JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

describe('the schema of a plan of faults', () => {
  it.each(Object.entries(FAULT_PLANS))('accepts the plan %s', (_name, plan) => {
    expect(valid(plan)).toBe(true);
  });

  it.each([
    { kind: 'close', phase: 'runtime', code: 4503, afterKeyframes: [1, 250] },
    { kind: 'serverError', phase: 'handshake', code: 14, message: '', thenClose: { code: 1011 } },
    { kind: 'reset', phase: 'token', times: 'always', probability: 0.5 },
    { kind: 'close', phase: 'runtime', code: 1006 },
    { kind: 'close', phase: 'runtime' },
    { kind: 'reset', phase: 'token', afterMs: 5 },
    { kind: 'garble', phase: 'runtime', count: 0 },
    { kind: 'garble', phase: 'runtime', size: 1 },
    { kind: 'deaf', phase: 'token' },
    { kind: 'unheard', phase: 'token' },
  ])('agrees with the parser about %j', (fault) => {
    expect(valid(fault)).toBe(isParsed(fault));
  });

  it('describes every kind in every phase in which it applies', () => {
    const text = JSON.stringify(faultsSchema());
    const missing = FAULT_KIND_NAMES.filter((kind) => !text.includes(JSON.stringify(rowOf(kind).about)));
    expect(missing).toEqual([]);
  });
});
