/** A length of time as the command shows it: `9.1 s`. For people only. */
export function secondsText(durationMs: number, decimals = 1): string {
  return `${(durationMs / 1_000).toFixed(decimals)} s`;
}
