/** Builds wire bytes field by field, for input that no encoder makes. */

export function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))];
}

/** The bytes of a length-delimited field. */
export function field(number: number, content: string | readonly number[] | Uint8Array): number[] {
  const bytes = typeof content === 'string' ? [...Buffer.from(content)] : [...content];
  return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
}

/** The bytes of a varint field. */
export function number(fieldNumber: number, value: number): number[] {
  return [...varint(fieldNumber * 8), ...varint(value)];
}

/** An envelope of this type with this content. */
export function envelope(type: number, content: readonly number[]): Uint8Array {
  return Uint8Array.from([...number(1, type), ...field(type + 1, content)]);
}

/** An animation envelope. Each keyframe is given as the bytes of its message `Flame`. */
export function animation(...keyframes: (readonly number[])[]): Uint8Array {
  const frames = keyframes.flatMap((keyframe) => field(1, keyframe));
  return envelope(5, [...field(2, 'req-1'), ...field(4, frames)]);
}
