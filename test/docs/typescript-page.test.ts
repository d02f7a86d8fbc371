/**
 * docs/typescript.md names the oldest compiler of the proof, and explains every message that the applications
 * get.
 */
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { COMPILERS, NODE_TYPES, shortVersion } from '../proofs/type-versions/compilers.mjs';
import { readSource } from '../source-imports.js';
import { PROGRAMS, versionNumber } from '../types/applications.mjs';

const PAGE = readSource('docs/typescript.md');
const versions = COMPILERS.map(({ version }) => version);

describe('docs/typescript.md', () => {
  it('names the oldest compiler and the oldest types of Node of the proof', () => {
    expect(PAGE).toContain(`TypeScript ${shortVersion(versions[0] ?? '')} and later`);
    expect(PAGE).toContain(`**\`@types/node\`**, version ${NODE_TYPES.oldest} or later`);
    expect(packageJson.peerDependencies['@types/node']).toBe(`>=${NODE_TYPES.oldest}`);
  });

  it('explains each message of the table, and the messages that they cause', () => {
    const [, messages = ''] = PAGE.split('\n## Messages\n');
    const codes = PROGRAMS.flatMap(({ applications, consequences = [] }) => [
      ...applications.flatMap(({ says }) => versions.flatMap((version) => says(versionNumber(version)))),
      ...consequences,
    ]);
    expect(new Set(codes).size).toBeGreaterThan(5);
    expect([...new Set(codes)].filter((code) => !messages.includes(code))).toEqual([]);
  });
});
