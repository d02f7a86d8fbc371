/** The documents' list of examples, from the sentence at the head of each. */
import { readdirSync } from 'node:fs';
import { PROJECT, readSource } from '../source-imports.js';

/** Draws a picture of the documents; no example. */
const TOOLS = ['recovery-picture.mjs'];

export function exampleList(): string {
  return readdirSync(`${PROJECT}/examples`)
    .filter((name) => name.endsWith('.mjs') && !TOOLS.includes(name))
    .sort()
    .map((name) => {
      const sentence = readSource(`examples/${name}`)
        .split('\n')
        .find((line) => /^\/\/ (?!@)/.test(line));
      if (sentence === undefined) throw new Error(`examples/${name} says nothing about itself`);
      return `- [${name}](../examples/${name}): ${sentence.slice(3)}`;
    })
    .join('\n');
}
