/** The kit runs the product's own code: a defect in that code makes cases fail. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type * as RestartRun from '../../src/core/utterance/restart-run.js';
import type * as Ledger from '../../src/core/utterance/utterance-ledger.js';
import { caseFileNames, casesOf, readCaseFile } from './case-file.js';

const RESTART_RUN = '../../src/core/utterance/restart-run.js';
const LEDGER = '../../src/core/utterance/utterance-ledger.js';

afterEach(() => {
  vi.doUnmock(RESTART_RUN);
  vi.doUnmock(LEDGER);
  vi.resetModules();
});

/** The utterance cases that fail, when the modules are imported anew with what is mocked now. */
async function failingCases(): Promise<string[]> {
  vi.resetModules();
  const { runCase } = await import('./run-case.js');
  return caseFileNames().flatMap((name) =>
    casesOf(readCaseFile(name))
      .filter(({ subject }) => subject === 'utterance')
      .filter((subjectCase) => runCase(name, subjectCase).length > 0)
      .map(({ one }) => one.name),
  );
}

describe('the utterance cases of the kit', () => {
  it('pass with the product as it is', async () => {
    expect(await failingCases()).toEqual([]);
  });

  it('fail when a re-send begins at three times the offset', async () => {
    vi.doMock(RESTART_RUN, async (original) => {
      const actual = await original<typeof RestartRun>();
      const restartRun: typeof actual.restartRun = (ledger, traits, freshReqId) =>
        actual.restartRun(ledger, { ...traits, sampleRate: traits.sampleRate * 3 }, freshReqId);
      return { ...actual, restartRun };
    });
    expect(await failingCases()).toEqual(
      expect.arrayContaining([
        'tail: from the first missing keyframe on',
        'tail: whole samples at 44.1 kHz',
        'tail with egress: from what the room has heard',
      ]),
    );
  });

  it('fail when every end of the service is the last', async () => {
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
    expect(await failingCases()).toContain(
      'an end before our own ends a segment: audio goes out and keyframes come in afterwards',
    );
  });
});
