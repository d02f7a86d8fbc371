/** Audio for tests: deterministic, loud, and different for every seed. */
export function tone(durationMs: number, seed = 1, sampleRate = 16_000): Uint8Array {
  const samples = Math.round((durationMs * sampleRate) / 1000);
  const pcm = Buffer.alloc(samples * 2);
  for (let index = 0; index < samples; index++) {
    const value = Math.sin(index * 0.05 * (1 + seed / 7)) * 12_000 + ((index * seed * 7919) % 1000);
    pcm.writeInt16LE(Math.round(value), index * 2);
  }
  return pcm;
}

/** The same bytes in pieces of the given size. */
export function pieces(pcm: Uint8Array, sizeBytes: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(pcm.length / sizeBytes) }, (_, index) =>
    pcm.subarray(index * sizeBytes, (index + 1) * sizeBytes),
  );
}
