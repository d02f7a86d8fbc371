/**
 * Writing single fields: what all message writers share. Decides that zero values are left out, as proto3 does, and
 * how text that is not valid Unicode goes over the wire. Knows nothing of which fields exist.
 */
import protobuf from 'protobufjs/minimal.js';

export type FieldWriter = protobuf.Writer;

/** Writes the content of one envelope; the content field is numbered one above the type. */
export function writeEnvelope(type: number, writeContent: (writer: FieldWriter) => void): Uint8Array {
  const writer = protobuf.Writer.create().uint32(0x08).int32(type);
  writeNested(writer, type + 1, writeContent);
  return writer.finish();
}

/** Writes a nested message, also an empty one: its presence is information. */
export function writeNested(
  writer: FieldWriter,
  field: number,
  writeContent: (writer: FieldWriter) => void,
): void {
  writer.uint32((field << 3) | 2).fork();
  writeContent(writer);
  writer.ldelim();
}

/** One element of a `repeated string`, also an empty one. */
export function writeElement(writer: FieldWriter, field: number, value: string): void {
  // Through Buffer, because protobufjs writes a lone surrogate of a short text as invalid UTF-8; this gives U+FFFD.
  writer.uint32((field << 3) | 2).bytes(Buffer.from(value, 'utf8'));
}

export function writeString(writer: FieldWriter, field: number, value: string | undefined): void {
  if (value !== undefined && value !== '') writeElement(writer, field, value);
}

export function writeInt32(writer: FieldWriter, field: number, value: number | undefined): void {
  if (value !== undefined && value !== 0) writer.uint32(field << 3).int32(value);
}

export function writeUint32(writer: FieldWriter, field: number, value: number | undefined): void {
  if (value !== undefined && value !== 0) writer.uint32(field << 3).uint32(value);
}

export function writeInt64(writer: FieldWriter, field: number, value: number): void {
  if (value !== 0) writer.uint32(field << 3).int64(value);
}

export function writeBool(writer: FieldWriter, field: number, value: boolean): void {
  if (value) writer.uint32(field << 3).bool(true);
}

/** A `repeated float`, packed; values are rounded to single precision. */
export function writeFloats(writer: FieldWriter, field: number, values: readonly number[]): void {
  if (values.length > 0) writer.uint32((field << 3) | 2).floats([...values]);
}

/** A `map<string, string>` in the order of its keys in the object; entries always carry key and value. */
export function writeMap(
  writer: FieldWriter,
  field: number,
  map: Readonly<Record<string, string>> | undefined,
): void {
  for (const [key, value] of Object.entries(map ?? {})) {
    writeNested(writer, field, (entry) => {
      writeElement(entry, 1, key);
      writeElement(entry, 2, value);
    });
  }
}
