// @ts-check
/**
 * The pages of the API: TypeDoc makes them of the comments in the sources, for everything that package.json exports. They are kept, by a key of
 * what they are made of, because that takes longer than the rest of the site.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryUrl } from './page-links.mjs';
import { ROOT, plain, readJson, titleOf } from './document-list.mjs';

const SITE = new URL('..', import.meta.url).pathname;
const CACHE = join(SITE, 'node_modules/.cache/api');

/**
 * What an application imports, and the source behind it. Sorted: the package itself comes first.
 *
 * @returns {readonly { readonly name: string, readonly source: string }[]}
 */
export function entries() {
  const manifest = /** @type {{ name: string, exports: Record<string, string | { types: string }> }} */ (
    readJson('package.json')
  );
  return Object.entries(manifest.exports)
    .flatMap(([path, target]) => {
      if (typeof target === 'string') return [];
      const source = target.types.replace(/^\.\/dist\//, 'src/').replace(/\.d\.ts$/, '.ts');
      return [{ name: manifest.name + path.slice(1), source }];
    })
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The place of the page of an entry. @param {string} name */
export function entryPage(name) {
  return `api/${name.replace(/^avatarkit-session\/?/, '').replaceAll('/', '-') || 'session'}`;
}

/** @typedef {import('./stage-pages.mjs').SitePage} SitePage */

/**
 * @param {string} pages the folder for pages; they go into `api` there
 * @returns {readonly SitePage[]} the entries, each with what it exports after it
 */
export function makeApiPages(pages) {
  const key = keyOfSources();
  const kept = join(CACHE, key);
  if (!existsSync(kept)) {
    rmSync(CACHE, { recursive: true, force: true });
    runTypedoc(kept);
  }
  const made = join(pages, 'api');
  cpSync(kept, made, { recursive: true });
  // TypeDoc's own list of the entries has nothing that the menu has not.
  rmSync(join(made, 'index.md'));
  return entries().flatMap(({ name }) => {
    const folder = entryPage(name);
    const found = readdirSync(join(pages, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .sort(
        (one, other) => Number(other === 'index.md') - Number(one === 'index.md') || (one < other ? -1 : 1),
      );
    return found.map((file) => apiPage(join(pages, folder), file, `${folder}/${file.slice(0, -3)}`, name));
  });
}

/**
 * A heading that says what to import, instead of TypeDoc's words, and the first sentence as the description.
 *
 * @param {string} folder @param {string} file @param {string} page @param {string} section
 * @returns {SitePage}
 */
function apiPage(folder, file, page, section) {
  const made = readFileSync(join(folder, file), 'utf8');
  const isEntry = file === 'index.md';
  const title = isEntry
    ? section
    : titleOf(made)
        .replace(/^[A-Z][a-z ]+: /, '')
        .replace(/\(\)$/, '');
  const about = plain(/^(?![#>*|-])(?!Defined in)\S.+$/m.exec(made)?.[0] ?? '');
  const markdown = isEntry ? made.replace(/^# .+/m, `# ${section}`) : made;
  const front = `---\ntitle: ${JSON.stringify(title)}\ndescription: ${JSON.stringify(about)}\n---\n\n`;
  writeFileSync(join(folder, file), front + markdown);
  return { page, title, about, section, markdown };
}

/** @param {string} out */
function runTypedoc(out) {
  const listed = entries();
  const names = listed.map(({ name, source }) => [
    source.replace(/^src\//, '').replace(/(?:\/index)?\.ts$/, ''),
    entryPage(name).slice('api/'.length),
  ]);
  const options = {
    plugin: ['typedoc-plugin-markdown', join(SITE, 'build/typedoc-names.mjs')],
    tsconfig: join(ROOT, 'tsconfig.build.json'),
    readme: 'none',
    entryFileName: 'index',
    router: 'member',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    skipErrorChecking: true,
    logLevel: 'Error',
    disableGit: true,
    gitRevision: 'main',
    sourceLinkTemplate: `${repositoryUrl()}/blob/main/{path}#L{line}`,
  };
  const words = Object.entries(options).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => [`--${name}`, String(one)]),
  );
  const { status } = spawnSync(
    process.execPath,
    [
      join(SITE, 'node_modules/typedoc/bin/typedoc'),
      ...words,
      '--out',
      out,
      ...listed.map(({ source }) => source),
    ],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, ENTRY_NAMES: JSON.stringify(Object.fromEntries(names)) },
    },
  );
  if (status !== 0) {
    rmSync(out, { recursive: true, force: true });
    throw new Error('TypeDoc has failed');
  }
}

function keyOfSources() {
  const hash = createHash('sha256');
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => `src/${name}`);
  const made = ['api-pages.mjs', 'typedoc-names.mjs'].map((name) => `docs/site/build/${name}`);
  for (const file of [
    ...sources,
    ...made,
    'package.json',
    'tsconfig.build.json',
    'docs/site/package-lock.json',
  ])
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  return hash.digest('hex').slice(0, 16);
}
