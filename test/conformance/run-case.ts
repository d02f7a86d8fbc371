/**
 * Runs one case of any subject, once for each of its sets of random draws, and returns the differences between
 * what the case expects and what the product does.
 */
import type { SessionCase, SubjectCase } from './case-file.js';
import { drawsOf } from './draws.js';
import type { Draw } from './draws.js';
import { runBudget } from './run-budget.js';
import { runClassification, runDuplicate, runHint } from './run-classification.js';
import { runDecision } from './run-decision.js';
import { runGate } from './run-gate.js';
import { runRedaction } from './run-redaction.js';
import { runStepLimit } from './run-step-limit.js';
import { runUtterance } from './run-utterance.js';
import { runWire } from './run-wire.js';

/** One line per difference, beginning with the file and the name of the case; empty when the product conforms. */
export async function runCase(file: string, subjectCase: SubjectCase): Promise<readonly string[]> {
  const prefix = `${file} › ${subjectCase.one.name} › `;
  return (await differencesOf(subjectCase)).map((line) => prefix + line);
}

function differencesOf(subjectCase: SubjectCase): string[] | Promise<string[]> {
  switch (subjectCase.subject) {
    case 'classification':
      return runClassification(subjectCase.one);
    case 'hint':
      return runHint(subjectCase.one);
    case 'duplicate':
      return runDuplicate(subjectCase.one);
    case 'budget':
      return runBudget(subjectCase.one);
    case 'stepLimit':
      return runStepLimit(subjectCase.one);
    case 'utterance':
      return runUtterance(subjectCase.one);
    case 'wire':
      return runWire(subjectCase.one);
    case 'session':
      // Imported here because it needs the whole package, while other subjects need only a few modules.
      return runWholeSession(subjectCase.one);
    case 'redaction':
      return runRedaction(subjectCase.one);
    case 'decision': {
      const { one } = subjectCase;
      return withDraws(drawsOf(one), (draw) => runDecision(one, draw));
    }
    case 'gate':
    case 'gateAccounts': {
      const { one } = subjectCase;
      return withDraws(drawsOf(one), (draw) => runGate(one, draw));
    }
  }
}

async function runWholeSession(one: SessionCase): Promise<string[]> {
  const { runSession } = await import('./run-session.js');
  return runSession(one);
}

function withDraws(draws: readonly Draw[], run: (draw: Draw) => string[]): string[] {
  return draws.flatMap((draw) => run(draw).map((line) => `with draw ${draw.values.join(', ')}: ${line}`));
}
