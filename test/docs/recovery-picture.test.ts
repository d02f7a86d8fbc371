import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PROJECT, lineCount, readSource } from '../source-imports.js';

const SCRIPT = 'examples/recovery-picture.mjs';

/** The texts of the picture. The ticks of the time axis depend on the duration of the run. */
function words(svg: string): string[] {
  return [...svg.matchAll(/<text [^>]*>([^<]+)</g)]
    .map((match) => match[1] ?? '')
    .filter((text) => !/^[\d.]+ s$/.test(text));
}

function count(svg: string, look: string): number {
  return svg.split(`class="${look}"`).length - 1;
}

describe('the picture of a recovery', () => {
  it('is drawn from a run that lost and repeated no keyframe, and is the picture in the documents', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recovery-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'recovery.svg');
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [SCRIPT, file], {
      cwd: PROJECT,
      timeout: 20_000,
    });
    expect(stderr).toBe('');
    const said = /^75 keyframes, replayed, (\d+) skipped, connectionClosed, attempt 2 in \d+ ms\n$/.exec(
      stdout,
    );
    expect(said, stdout).not.toBeNull();

    const svg = await readFile(file, 'utf8');
    expect(words(svg)).toEqual(words(readSource('docs/pictures/recovery.svg')));
    // The legend contains one of each.
    expect(count(svg, 'dot') - 1).toBe(75);
    expect(count(svg, 'hole') - 1).toBe(Number(said?.[1]));
    expect(readSource('docs/reconnecting.md')).toContain('"pictures/recovery.svg"');
  });

  it('comes from a script of fewer than 120 lines', () => {
    expect(lineCount(readSource(SCRIPT))).toBeLessThan(120);
  });
});
