/** An assertion that costs almost nothing while it holds: a model check makes millions of them. */
export function must(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`must hold: ${rule}`);
}
