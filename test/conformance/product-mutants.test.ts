/** The kit runs the product's own code: a defect in that code makes cases fail. */
import type * as Outage from '../../src/core/policy/outage.js';
import type * as Recovery from '../../src/core/utterance/recovery.js';
import type * as Ledger from '../../src/core/utterance/utterance-ledger.js';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { caseFileNames, casesOf, readCaseFile } from './case-file.js';
import type { SubjectCase } from './case-file.js';

const OUTAGE = '../../src/core/policy/outage.js';
const RECOVERY = '../../src/core/utterance/recovery.js';
const LEDGER = '../../src/core/utterance/utterance-ledger.js';

afterEach(() => {
  vi.doUnmock(OUTAGE);
  vi.doUnmock(RECOVERY);
  vi.doUnmock(LEDGER);
  vi.resetModules();
});

/** The cases of one subject that fail after the modules are imported again with the current mocks. */
async function failingCases(about: SubjectCase['subject']): Promise<string[]> {
  vi.resetModules();
  const { runCase } = await import('./run-case.js');
  const failing: string[] = [];
  for (const name of caseFileNames()) {
    for (const subjectCase of casesOf(readCaseFile(name))) {
      if (subjectCase.subject !== about) continue;
      if ((await runCase(name, subjectCase)).length > 0) failing.push(subjectCase.one.name);
    }
  }
  return failing;
}

describe('the utterance cases of the kit', () => {
  it('pass with the unchanged product', async () => {
    expect(await failingCases('utterance')).toEqual([]);
  });

  it('fail when a re-send begins at three times the offset', async () => {
    vi.doMock(RECOVERY, async (original) => {
      const actual = await original<typeof Recovery>();
      const restartRun: typeof actual.restartRun = (ledger, traits, freshReqId) =>
        actual.restartRun(ledger, { ...traits, sampleRate: traits.sampleRate * 3 }, freshReqId);
      return { ...actual, restartRun };
    });
    expect(await failingCases('utterance')).toEqual(
      expect.arrayContaining([
        'tail: from the first missing keyframe on',
        'tail: whole samples at 44.1 kHz',
        'tail with egress: from the position of the room',
      ]),
    );
  });

  it('fail when each end that the service sends ends the request', async () => {
    vi.doMock(LEDGER, async (original) => {
      const actual = await original<typeof Ledger>();
      class UtteranceLedger extends actual.UtteranceLedger {
        override receive(...args: Parameters<InstanceType<typeof actual.UtteranceLedger>['receive']>) {
          const receipt = super.receive(...args);
          return receipt.kind === 'deliver' ? { ...receipt, last: args[1] } : receipt;
        }
      }
      return { ...actual, UtteranceLedger };
    });
    expect(await failingCases('utterance')).toContain(
      'an end before our own ends a segment: audio goes out and keyframes come in afterwards',
    );
  });
});

describe('the decision cases of the kit', () => {
  it('pass with the unchanged product', async () => {
    expect(await failingCases('decision')).toEqual([]);
  });

  it('fail when the time after the last message counts as connected', async () => {
    vi.doMock(OUTAGE, async (original) => {
      const actual = await original<typeof Outage>();
      const connectionLost: typeof actual.connectionLost = (outage, loss) =>
        actual.connectionLost(outage, { ...loss, lastSignOfLifeAtMs: loss.nowMs });
      return { ...actual, connectionLost };
    });
    expect(await failingCases('decision')).toEqual(
      expect.arrayContaining([
        'a connection is stable up to its last sign of life, not up to the moment of noticing',
        'a service that confirms and falls silent is one outage that goes on',
      ]),
    );
  });

  it('fail when the time in which a connection worked counts for the outage', async () => {
    vi.doMock(OUTAGE, async (original) => {
      const actual = await original<typeof Outage>();
      const connectionLost: typeof actual.connectionLost = (outage, loss) => ({
        ...actual.connectionLost(outage, loss),
        workedMs: 0,
      });
      return { ...actual, connectionLost };
    });
    expect(await failingCases('decision')).toContain('the time in which a connection works is no outage');
  });
});
