/** How a length of time is shown in the clauses that explain a decision. For people only, never parsed. */

/** `740 ms` below a second, else with one decimal: `30.0 s`, from ten minutes on `12.5 min`, from one hour on `12.00 h`. */
export function durationText(durationMs: number): string {
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`;
  if (durationMs < 600_000) return `${(durationMs / 1_000).toFixed(1)} s`;
  if (durationMs < 3_600_000) return `${(durationMs / 60_000).toFixed(1)} min`;
  return `${(durationMs / 3_600_000).toFixed(2)} h`;
}
