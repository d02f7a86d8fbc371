/** How a length of time is shown in the clauses that explain a decision. For people only, never parsed. */

/** `740 ms` below a second, else seconds with one decimal: `30.0 s`. */
export function durationText(durationMs: number): string {
  return durationMs < 999.5 ? `${Math.round(durationMs)} ms` : `${(durationMs / 1_000).toFixed(1)} s`;
}
