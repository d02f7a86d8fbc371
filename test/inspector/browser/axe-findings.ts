/** The findings of axe, an accessibility checker, for a page in a real Chromium. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly string[];
}

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** The findings that are serious or critical. */
export async function seriousFindings(shown: Page): Promise<readonly unknown[]> {
  const found = await findings(shown);
  return found.filter(({ impact }) => impact === 'serious' || impact === 'critical');
}

/** All findings, with the elements that they are about. */
export async function findings(shown: Page): Promise<readonly Finding[]> {
  await shown.evaluate(readFileSync(AXE, 'utf8'));
  return await shown.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    const { violations } = await axe.run();
    return violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => html) }));
  });
}
