/** A key that is given in the place of any argument of any command is never printed. */
import { describe, expect, it } from 'vitest';
import { COMMANDS, run } from '../../src/cli/run.js';
import { fakeTerminal } from './fake-terminal.js';

const SECRET = 'sk_live_4f9a8b7c6d5e';

/** The options of a command, read from the answer to an unknown option. */
async function optionsOf(command: string): Promise<readonly string[]> {
  const terminal = fakeTerminal();
  await run([command, '--?'], terminal);
  const listed = /known options: (.*)$/.exec(terminal.complaints.join(''))?.[1] ?? '';
  return listed.split(', ').filter((name) => name !== '--help');
}

async function shownBy(args: readonly string[]): Promise<string> {
  const terminal = fakeTerminal();
  const ended = run(args, terminal);
  terminal.stop();
  await ended;
  return [terminal.out, ...terminal.complaints].join('\n');
}

describe.each(COMMANDS.map(({ name }) => name))('%s', (command) => {
  it('shows no key in the place of an option or an argument', async () => {
    for (const args of [
      [SECRET, SECRET],
      [`--${SECRET}`],
      [`--${SECRET}=1`],
      [`-${SECRET}`],
      [`/tmp/${SECRET}`],
    ]) {
      expect(await shownBy([command, ...args, '--?'])).not.toContain(SECRET);
      if (command !== 'emulate') expect(await shownBy([command, ...args])).not.toContain(SECRET);
    }
  });

  it('shows no key in the place of the value of an option', async () => {
    const options = await optionsOf(command);
    expect(options.length).toBeGreaterThanOrEqual(2);
    for (const option of options) {
      // The extra last argument is an error, so that no value of an option starts anything.
      expect(await shownBy([command, `${option}=${SECRET}`, SECRET, SECRET])).not.toContain(SECRET);
    }
  });
});

it('shows no key in the place of a command, a phase or a file', async () => {
  for (const args of [
    [SECRET],
    [`--${SECRET}`],
    ['explain', '--close', '1006', '--phase', SECRET],
    ['policy', '--file', SECRET],
    ['policy', '--preset', SECRET],
    ['policy', SECRET],
    ['storm', '--policy', SECRET],
    ['explain', '--close', SECRET],
    ['explain', '--header', SECRET, '--http', '403'],
  ]) {
    const shown = await shownBy(args);
    expect(shown).toMatch(/avatarkit-session: /);
    expect(shown).not.toContain(SECRET);
  }
});
