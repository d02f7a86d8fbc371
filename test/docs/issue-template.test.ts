/** The forms for defects and features contain only existing commands, options and entries. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { COMMANDS } from '../../src/cli/run.js';
import { PROJECT, readSource } from '../source-imports.js';

const FOLDER = '.github/ISSUE_TEMPLATE';
const FORM = readSource(`${FOLDER}/bug.yml`);
const FORMS = readdirSync(`${PROJECT}/${FOLDER}`).filter((name) => name !== 'config.yml');

describe('the form for a defect', () => {
  it('asks for a flight record, the output of the doctor, and versions', () => {
    const ids = [...FORM.matchAll(/^ {4}id: (\w+)$/gm)].map(([, id]) => id);
    expect(ids).toEqual(expect.arrayContaining(['record', 'doctor', 'version', 'runtime']));
  });

  it('names an existing entry of the package', () => {
    expect(FORM).toContain('avatarkit-session/recorder');
    expect(Object.keys(packageJson.exports)).toContain('./recorder');
  });
});

describe.each(FORMS)('%s', (name) => {
  const form = readSource(`${FOLDER}/${name}`);

  it('has a name, a description, a label, and a different id for each question', () => {
    for (const member of ['name: ', 'description: ', 'labels: [', 'body:'])
      expect(form).toMatch(new RegExp(`^${member.replace('[', '\\[')}`, 'm'));
    const ids = [...form.matchAll(/^ {4}id: (\w+)$/gm)].map(([, id]) => id);
    const questions = [...form.matchAll(/^ {2}- type: (?!markdown)/gm)];
    expect(new Set(ids).size).toBe(questions.length);
  });

  it('names only existing commands, with existing options', () => {
    const named = [...form.matchAll(/avatarkit-session ([a-z]+)((?: --[a-z-]+)*)/g)];
    expect(named.length).toBeGreaterThan(1);
    for (const [, command = '', options = ''] of named) {
      if (command === 'version') continue;
      const known = COMMANDS.find((one) => one.name === command);
      expect(known, command).toBeDefined();
      for (const option of options.split(' ').filter((word) => word !== ''))
        expect(known?.help).toContain(option);
    }
  });
});

describe('the template of a pull request', () => {
  it('names only scripts that package.json has', () => {
    const named = [...readSource('.github/pull_request_template.md').matchAll(/npm (?:run )?(\w+)/g)];
    expect(named.length).toBeGreaterThan(1);
    for (const [, script = ''] of named) expect(Object.keys(packageJson.scripts)).toContain(script);
  });
});

describe('the forms to choose from', () => {
  it('are the only way to report, because a report without a form has no flight record', () => {
    expect(readSource(`${FOLDER}/config.yml`)).toMatch(/^blank_issues_enabled: false$/m);
    expect(FORMS.sort()).toEqual(['bug.yml', 'feature.yml']);
  });
});
