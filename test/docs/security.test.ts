/** SECURITY.md: each promise has its test, and each limit is that of the code. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_TOKEN_CHARACTERS } from '../../src/adapters/session-token-text.js';
import {
  IGNORED_PER_REPORT,
  MAX_REPORT_LEVEL,
  REPORT_BURST,
} from '../../src/client/connection/report-bucket.js';
import { MAX_PARAMETER_SECRETS } from '../../src/core/failure/parameter-secrets.js';
import { MAX_QUOTED_CHARACTERS } from '../../src/core/failure/reduce-cause.js';
import { HISTORY_LIMIT } from '../../src/core/session/session-history.js';
import { WIRE_LIMITS } from '../../src/wire/wire-limits.js';
import { PROJECT, readSource } from '../source-imports.js';
import { linkTargets } from './markdown.js';

const text = readSource('SECURITY.md');

function section(title: string): string {
  return text.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? '';
}

/** The number in the second column of the row that begins so. */
function limitOf(what: string): number {
  const row = section('Limits')
    .split('\n')
    .find((line) => line.startsWith(`| ${what} `));
  return Number(/^\|[^|]*\|\s*([\d ]+)/.exec(row ?? '')?.[1]?.replaceAll(' ', ''));
}

describe('SECURITY.md', () => {
  it('has the parts that a reader looks for', () => {
    for (const title of [
      'Report a vulnerability',
      'Supported versions',
      'What is trusted, and what is not',
      'What this package promises',
      'Limits',
      'What is redacted, and what is not',
      'Several tenants in one process',
      'Clear text',
      'The embedded service',
    ]) {
      expect(section(title).trim().length, title).toBeGreaterThan(50);
    }
  });

  it('links every promise to a test that exists', () => {
    const promises = section('What this package promises').match(/^- .*$/gm) ?? [];
    const without = promises.filter((promise) => {
      const targets = linkTargets(promise);
      return targets.length === 0 || !targets.every((target) => existsSync(join(PROJECT, target)));
    });
    expect(promises.length).toBeGreaterThan(10);
    expect(without).toEqual([]);
  });

  it.each([
    ['ids and reasons of a message', WIRE_LIMITS.idBytes],
    ['capabilities of a confirmation', WIRE_LIMITS.capabilities],
    ['one capability', WIRE_LIMITS.capabilityBytes],
    ['text of a ServerError', WIRE_LIMITS.errorTextBytes],
    ["pieces of one message's content", WIRE_LIMITS.contentPieces],
    ['keyframes of one message', WIRE_LIMITS.keyframes],
    ['one keyframe', WIRE_LIMITS.keyframeBytes],
    ['a connection id', WIRE_LIMITS.idBytes],
    ['unusable frames, and errors that end nothing, in a burst', REPORT_BURST],
    ['the same, in all', MAX_REPORT_LEVEL],
    ['ignored messages that weigh as one report', IGNORED_PER_REPORT],
    ['entries of `explain()`', HISTORY_LIMIT],
    ['words of the service within a message, and the message itself', MAX_QUOTED_CHARACTERS],
    ['secret values of `extraParams`, and of `extraAttributes`', MAX_PARAMETER_SECRETS],
    ['session token', MAX_TOKEN_CHARACTERS],
  ])('has the limit of the code: %s', (what, limit) => {
    expect(limitOf(what)).toBe(limit);
  });
});
