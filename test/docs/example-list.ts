/** The documents' list of examples, generated from the comment at the beginning of each example. */
import { readdirSync } from 'node:fs';
import { PROJECT, readSource } from '../source-imports.js';

/** Draws a picture of the documents. It is not an example. */
const TOOLS = ['recovery-picture.mjs'];

export function exampleList(): string {
  return readdirSync(`${PROJECT}/examples`)
    .filter((name) => name.endsWith('.mjs') && !TOOLS.includes(name))
    .sort()
    .map((name) => {
      const [, comment] = /^(?:\/\/ @.*\n)*((?:\/\/ .*\n)+)/.exec(readSource(`examples/${name}`)) ?? [];
      if (comment === undefined) throw new Error(`examples/${name} does not begin with a comment`);
      return `- [${name}](../examples/${name}): ${comment
        .replaceAll(/^\/\/ /gm, '')
        .trim()
        .replaceAll('\n', ' ')}`;
    })
    .join('\n');
}
