/**
 * The output of the commands about failures fits into the width of the terminal. A pipe gets each text in one
 * line.
 */
import { describe, expect, it } from 'vitest';
import { AVATAR_SDK_ERROR_CODES } from '../../src/index.js';
import { RULE_REASONS } from '../../src/core/policy/retry-presets.js';
import { runCommand } from './fake-terminal.js';

const COMMANDS = [
  ['policy'],
  ['policy', '--preset', 'patient'],
  ['policy', 'connectionClosed'],
  ['policy', 'invalidEgressConfig'],
  ['explain', '--close', '4503', '--reason', 'restarting'],
  ['explain', '--close', '4003'],
  ['explain', '--http', '302', '--header', 'Location: https://portal.example/in?a=b'],
  ['explain', '--timeout', '10000'],
];
const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

describe.each(COMMANDS.map((command) => ({ name: command.join(' '), command })))('$name', ({ command }) => {
  it.each([80, 60])('fits into %i columns', async (liveColumns) => {
    const { exitCode, lines } = await runCommand(command, {}, { liveColumns });
    expect(exitCode).toBe(0);
    expect(lines.filter((line) => line.length > liveColumns)).toEqual([]);
  });

  it('prints the same words to a terminal as to a pipe', async () => {
    const [wide, narrow] = await Promise.all([
      runCommand(command),
      runCommand(command, {}, { liveColumns: 80 }),
    ]);
    // In a narrow window, the name of its column stands before each text, except that of the codes.
    const said = new Set([...words(narrow.out), 'code']);
    expect(words(wide.out).filter((word) => !said.has(word) && !said.has(`${word}:`))).toEqual([]);
  });
});

describe('policy in a narrow window', () => {
  it('has the action and the reason of each code below its name', async () => {
    const { out } = await runCommand(['policy'], {}, { liveColumns: 80 });
    const texts = out.replaceAll(/\n +/g, ' ').replaceAll(/ +/g, ' ');
    for (const code of AVATAR_SDK_ERROR_CODES) {
      expect(texts).toMatch(new RegExp(`(?:^|\n)${code} action: (?:surface|retry)`));
      expect(texts).toContain(`reason: ${RULE_REASONS[code]}`);
    }
  });
});
