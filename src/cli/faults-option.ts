/** What `--faults` means: the name of a plan, JSON, or `@file` with either in it. */
import { parseFaults } from '../emulator/index.js';
import type { Fault } from '../emulator/index.js';
import { asInput } from './input-error.js';
import { readInputText } from './read-input-file.js';

/** @throws InputError naming the fault and the field, or the plans that there are */
export async function readFaults(text: string): Promise<readonly Fault[]> {
  if (!text.startsWith('@')) return asInput(() => parseFaults(text), '--faults');
  const path = text.slice(1);
  const content = await readInputText(path);
  return asInput(() => parseFaults(content), path);
}
