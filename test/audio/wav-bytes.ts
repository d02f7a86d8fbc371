/** Builds valid and invalid WAV files, chunk by chunk. */
export interface WavParts {
  readonly tag?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly bits?: number;
  /** Replaces the usual 16 bytes of the fmt chunk. */
  readonly fmt?: Uint8Array;
  readonly before?: readonly Uint8Array[];
  readonly pcm?: Uint8Array;
  /** The size that the header of the data chunk declares, if it differs from the real size. */
  readonly dataSize?: number;
}

export function wavBytes(parts: WavParts = {}): Uint8Array {
  const pcm = parts.pcm ?? new Uint8Array(3_200);
  const data = chunk('data', pcm, parts.dataSize);
  const body = [chunk('fmt ', parts.fmt ?? formatBytes(parts)), ...(parts.before ?? []), data];
  return chunk('RIFF', joined([ascii('WAVE'), ...body]));
}

export function formatBytes({
  tag = 1,
  channels = 1,
  sampleRate = 16_000,
  bits = 16,
}: WavParts = {}): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  const frameBytes = (channels * bits) / 8;
  view.setUint16(0, tag, true);
  view.setUint16(2, channels, true);
  view.setUint32(4, sampleRate, true);
  view.setUint32(8, sampleRate * frameBytes, true);
  view.setUint16(12, frameBytes, true);
  view.setUint16(14, bits, true);
  return bytes;
}

/** The fmt chunk of WAVE_FORMAT_EXTENSIBLE with this sub-format tag. */
export function extensibleFormat(subFormat: number): Uint8Array {
  const guidTail = Uint8Array.of(0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71);
  const extension = Uint8Array.of(22, 0, 16, 0, 4, 0, 0, 0, subFormat, 0);
  return joined([formatBytes({ tag: 0xfffe }), extension, guidTail]);
}

/** A RIFF chunk, with the padding byte after an odd size. */
export function chunk(id: string, body: Uint8Array, size = body.length): Uint8Array {
  const head = new Uint8Array(8);
  head.set(ascii(id));
  new DataView(head.buffer).setUint32(4, size, true);
  return joined([head, body, new Uint8Array(body.length % 2)]);
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
