/** The documents' list of examples, generated from the first sentence of each example. */
import { readdirSync } from 'node:fs';
import { PROJECT, readSource } from '../source-imports.js';

/** Draws a picture of the documents. It is not an example. */
const TOOLS = ['recovery-picture.mjs'];

export function exampleList(): string {
  return readdirSync(`${PROJECT}/examples`)
    .filter((name) => name.endsWith('.mjs') && !TOOLS.includes(name))
    .sort()
    .map((name) => {
      const sentence = readSource(`examples/${name}`)
        .split('\n')
        .find((line) => /^\/\/ (?!@)/.test(line));
      if (sentence === undefined) throw new Error(`examples/${name} has no first sentence`);
      return `- [${name}](../examples/${name}): ${sentence.slice(3)}`;
    })
    .join('\n');
}
