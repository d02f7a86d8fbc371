/** Converts between samples and bytes, splits audio into chunks and joins them. */
export function bytesOf(samples: Iterable<number>): Uint8Array {
  return new Uint8Array(Int16Array.from(samples).buffer);
}

export function samplesOf(bytes: Uint8Array): number[] {
  return [...new Int16Array(bytes.slice().buffer)];
}

export function cut(bytes: Uint8Array, length: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += length) parts.push(bytes.subarray(at, at + length));
  return parts;
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return new Uint8Array(Buffer.concat(parts));
}

export function tone(hz: number, rateHz: number, durationMs: number, amplitude = 30_000): Uint8Array {
  const length = Math.round((rateHz * durationMs) / 1_000);
  return bytesOf(
    Array.from({ length }, (_, at) => Math.round(Math.sin((2 * Math.PI * hz * at) / rateHz) * amplitude)),
  );
}
