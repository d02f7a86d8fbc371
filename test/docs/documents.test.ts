import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT, lineCount, readSource, sourceFiles } from '../source-imports.js';
import { anchorOf, codeBlocks, linkTargets } from './markdown.js';
import { DECISIONS, PAGES, linkedFile } from './pages.js';

const DOCUMENTS = [
  ...PAGES,
  ...DECISIONS,
  'SECURITY.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'CODE_OF_CONDUCT.md',
];

interface Manifest {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(readSource('package.json')) as Manifest;

/** Files that a reader creates or has. */
const OF_READERS = ['hello.mjs', 'speech.wav', 'worker.mjs'];

/** Every path with a folder, and every file name with an extension, that a text contains as code. */
function namedFiles(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[^]*?^```$/gm, '');
  const names = [...prose.matchAll(/`([\w.@*/-]+)`/g)].map((match) => match[1] ?? '');
  return names.filter((name) =>
    /\.(?:ts|mjs|proto|svg|json|sh|wav)$|^(?:src|test|examples|proto|docs)\//.test(name),
  );
}

describe.each(DOCUMENTS)('%s', (name) => {
  const text = readSource(name);

  it('links to files and headings that exist', () => {
    const broken = linkTargets(text).filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      const file = linkedFile(name, path);
      if (!existsSync(join(PROJECT, file))) return true;
      if (anchor === undefined) return false;
      const headings = [...readSource(file).matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1] ?? ''));
      return !headings.includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names only files that exist', () => {
    const missing = namedFiles(text).filter(
      (file) => !file.includes('*') && !OF_READERS.includes(file) && !existsSync(join(PROJECT, file)),
    );
    expect(missing).toEqual([]);
  });

  it('names only scripts that package.json has', () => {
    const scripts = [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map((match) => match[1] ?? '');
    expect(scripts.filter((script) => manifest.scripts[script] === undefined)).toEqual([]);
  });
});

describe('README.md', () => {
  const text = readSource('README.md');

  it('describes how to try and how to test a clean clone', () => {
    expect(text).toContain('npm ci && npm start');
    expect(text).toContain('npm ci && npm test');
  });

  it('can be read in five minutes: it has at most 200 lines of at most 160 characters; the rest belongs into docs/', () => {
    expect(lineCount(text)).toBeLessThanOrEqual(200);
    expect(text.split('\n').filter((line) => line.length > 160)).toEqual([]);
  });

  it('shows a session that survives in at most fifteen lines', () => {
    const first = codeBlocks(text).find(({ language }) => language === 'js');
    expect(lineCount(first?.text ?? '')).toBeLessThanOrEqual(15);
    expect(first?.text).toMatch(/kind: 'reset'/);
  });
});

describe('docs/', () => {
  it('has an index that links to every page', () => {
    const linked = linkTargets(readSource('docs/README.md')).map((target) =>
      linkedFile('docs/README.md', target.split('#')[0] ?? ''),
    );
    const pages = PAGES.filter((page) => page !== 'README.md' && page !== 'docs/README.md');
    expect(pages.filter((page) => !linked.includes(page))).toEqual([]);
  });

  it('has a row for every package that comes with this one, and for no other', () => {
    const section = readSource('docs/security.md').split('\n## Dependencies\n')[1]?.split('\n## ')[0] ?? '';
    const rows = [...section.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1] ?? '');
    const packages = { ...manifest.dependencies, ...manifest.optionalDependencies };
    expect(rows.sort()).toEqual(Object.keys(packages).sort());
  });
});

describe('docs/decisions/', () => {
  it('are numbered from 001 without a gap; a new decision takes the next number', () => {
    const numbers = DECISIONS.map((file) => /^docs\/decisions\/(\d{3})-[a-z0-9-]+\.md$/.exec(file)?.[1]);
    expect(numbers).toEqual(DECISIONS.map((_file, at) => String(at + 1).padStart(3, '0')));
  });

  it.each(DECISIONS)('%s: has context, decision and consequence, in a dozen lines', (file) => {
    const text = readSource(file);
    expect(text).toMatch(new RegExp(`^# ${/\d{3}/.exec(file)?.[0] ?? ''}: `));
    expect([...text.matchAll(/^## (.+)$/gm)].map((match) => match[1])).toEqual([
      'Context',
      'Decision',
      'Consequence',
    ]);
    expect(lineCount(text)).toBeLessThanOrEqual(24);
  });
});

describe('ARCHITECTURE.md', () => {
  const text = readSource('ARCHITECTURE.md');

  // The limit is for prose. The request walks, the word list and the recipes are reference parts, which
  // readers look up.
  it('is one page, plus reference parts of the same length', () => {
    expect(lineCount(text)).toBeLessThanOrEqual(240);
  });

  it('has an entry for every folder of the sources', () => {
    const folders = [...new Set(sourceFiles('src').map((file) => file.split('/').slice(1, -1).join('/')))];
    const unexplained = folders.filter((folder) => folder !== '' && !text.includes(`\`${folder}/\``));
    expect(unexplained).toEqual([]);
  });

  it.each([
    'a failure',
    'a fault',
    'a transport',
    'an option',
    'a preset',
    'a message type',
    'an egress kind',
  ])('describes in at most eight lines how to add %s', (what) => {
    const section = text.split(/^##+ /m).find((part) => part.startsWith(`How to add ${what}`)) ?? '';
    const lines = section
      .split('\n')
      .slice(1)
      .filter((line) => line !== '');
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThanOrEqual(8);
    expect(namedFiles(section).length).toBeGreaterThan(1);
  });
});

describe('CHANGELOG.md', () => {
  it('begins with the version of package.json', () => {
    expect(/^## \[([^\]]+)\]/m.exec(readSource('CHANGELOG.md'))?.[1]).toBe(manifest.version);
  });
});

describe('package.json', () => {
  it('has at most twelve scripts', () => {
    expect(Object.keys(manifest.scripts).length).toBeLessThanOrEqual(12);
  });
});

describe('LICENSE', () => {
  it('is the one that package.json names', () => {
    expect(readSource('LICENSE')).toMatch(
      /^MIT License\n\nCopyright \(c\) 2026 avatarkit-session contributors\n/,
    );
    expect(readFileSync(join(PROJECT, 'package.json'), 'utf8')).toContain('"license": "MIT"');
  });
});

describe('the top of the project', () => {
  it('has only the known folders', () => {
    const folders = readdirSync(PROJECT, { withFileTypes: true })
      .filter(
        (entry) => entry.isDirectory() && !/^(?:\..*|node_modules|dist|coverage|reports)$/.test(entry.name),
      )
      .map(({ name }) => name);
    expect(folders.sort()).toEqual(['api', 'docs', 'examples', 'proto', 'src', 'test']);
  });
});

describe('docs/events.md', () => {
  it('names every process warning of the package', () => {
    const named = sourceFiles('src').flatMap(
      (file) => readSource(file).match(/\bAvatarKit[A-Z]\w*Warning\b/g) ?? [],
    );
    const page = readSource('docs/events.md');
    expect(new Set(named).size).toBeGreaterThan(5);
    expect([...new Set(named)].filter((name) => !page.includes(`| \`${name}\` |`))).toEqual([]);
  });
});
