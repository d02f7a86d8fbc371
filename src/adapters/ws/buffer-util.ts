/**
 * Checks whether the native package `bufferutil`, which `ws` uses if it finds it, works. Bundlers replace it by an empty object, and a
 * build for another machine may be broken; `ws` notices only that it is absent. Imported before `ws`: modules are evaluated in the order
 * in which they are imported.
 */
// As a namespace: the usual banner of a bundle that esbuild makes declares the name `createRequire`.
import * as modules from 'node:module';

/** `ws` looks for the package if this variable is not set. */
const SWITCH = 'WS_NO_BUFFER_UTIL';
/** `ws` masks short messages by itself. */
const SAMPLE_BYTES = 64;
const KEY = Buffer.of(1, 2, 3, 4);

/** Restores the environment. */
export type Restore = () => void;

/** Must be called before `ws` is loaded, and the returned function afterwards. Does nothing if `bufferutil` works or is absent. */
function hideBrokenBufferUtil(): Restore {
  if (process.env[SWITCH] !== undefined || worksOrIsAbsent()) return () => undefined;
  process.env[SWITCH] = '1';
  return () => {
    Reflect.deleteProperty(process.env, SWITCH);
  };
}

/** The function with which `ws` makes the masked frame of a message. */
export interface FrameMaker {
  readonly frame: (data: Uint8Array, options: object) => readonly (Buffer | string)[];
}

/** Whether `ws`, if the application has loaded it before, masks messages with a broken `bufferutil`. */
export function masksWrongly({ frame }: FrameMaker): boolean {
  const sample = Buffer.alloc(SAMPLE_BYTES, 0x55);
  const generateMask = (key: Buffer): void => key.set(KEY);
  try {
    const pieces = frame(sample, {
      fin: true,
      mask: true,
      readOnly: true,
      opcode: 2,
      generateMask,
      maskBuffer: Buffer.alloc(4),
    });
    const framed = Buffer.concat(pieces.map((piece) => Buffer.from(piece as Buffer)));
    return !framed.subarray(-SAMPLE_BYTES).equals(masked(sample));
  } catch {
    return true;
  }
}

function worksOrIsAbsent(): boolean {
  let addon: unknown;
  try {
    const require = modules.createRequire(import.meta.url);
    addon = modules.createRequire(require.resolve('ws'))('bufferutil');
  } catch {
    return true; // `ws` works without it.
  }
  try {
    const { mask, unmask } = addon as {
      readonly mask: (source: Buffer, key: Buffer, output: Buffer, offset: number, length: number) => void;
      readonly unmask: (buffer: Buffer, key: Buffer) => void;
    };
    const sample = Buffer.alloc(SAMPLE_BYTES, 0x55);
    const output = Buffer.alloc(SAMPLE_BYTES);
    mask(sample, KEY, output, 0, SAMPLE_BYTES);
    const isMasked = output.equals(masked(sample));
    unmask(output, KEY);
    return isMasked && output.equals(sample);
  } catch {
    return false;
  }
}

function masked(sample: Buffer): Buffer {
  return Buffer.from(sample.map((byte, index) => byte ^ (KEY[index & 3] ?? 0)));
}

export const restoreEnvironment = hideBrokenBufferUtil();
