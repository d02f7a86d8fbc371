/** The form for a defect names commands, options and entries that there are. */
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { COMMANDS } from '../../src/cli/run.js';
import { readSource } from '../source-imports.js';

const FORM = readSource('.github/ISSUE_TEMPLATE/bug.yml');

describe('the form for a defect', () => {
  it('asks for a flight record, the output of the doctor, and versions', () => {
    const ids = [...FORM.matchAll(/^ {4}id: (\w+)$/gm)].map(([, id]) => id);
    expect(ids).toEqual(expect.arrayContaining(['record', 'doctor', 'version', 'runtime']));
  });

  it('names only commands that there are, with options that they take', () => {
    const named = [...FORM.matchAll(/avatarkit-session ([a-z]+)((?: --[a-z-]+)*)/g)];
    expect(named.length).toBeGreaterThan(3);
    for (const [, name = '', options = ''] of named) {
      if (name === 'version') continue;
      const command = COMMANDS.find((known) => known.name === name);
      expect(command, name).toBeDefined();
      for (const option of options.split(' ').filter((word) => word !== ''))
        expect(command?.help).toContain(option);
    }
  });

  it('names an entry that the package has', () => {
    expect(FORM).toContain('avatarkit-session/recorder');
    expect(Object.keys(packageJson.exports)).toContain('./recorder');
  });
});
