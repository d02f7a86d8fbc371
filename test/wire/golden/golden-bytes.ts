/** The bytes that protoc makes of the .txtpb files in this folder; make.sh writes them to golden.json. */
import { readFileSync } from 'node:fs';

const hexByName = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8')) as Record<
  string,
  string
>;

export const goldenNames: readonly string[] = Object.keys(hexByName);

/** A new copy, so that a test can change it. */
export function goldenBytes(name: string): Buffer {
  const hex = hexByName[name];
  if (hex === undefined) throw new Error(`no golden bytes named ${name}`);
  return Buffer.from(hex, 'hex');
}
