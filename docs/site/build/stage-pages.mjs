// @ts-check
/**
 * Writes the pages of the site from the documents of the project. The documents stay as they are, for the repository and for the package: here
 * their links are turned, pictures get their dark form, and diagrams are drawn. Must not know VitePress beyond its Markdown.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { sequenceSteps } from './diagrams.mjs';
import { ROOT, decisions, documentList, plain, read, readJson, titleOf } from './document-list.mjs';
import { isCopied, pageOf, siteLink } from './page-links.mjs';

/**
 * @typedef {object} SitePage
 * @property {string} page its place, without an extension
 * @property {string} title
 * @property {string} about
 * @property {string} section the heading above it in the menu
 * @property {string} markdown its text
 */

const DECISIONS = 'docs/decisions';
/** Where pages go that are linked and not listed. */
const FURTHER = 'Further pages';

/**
 * @param {object} places
 * @param {string} places.pages the folder for pages
 * @param {string} places.files the folder for files that are copied as they are
 * @param {string} places.own the folder with the pages that only the site has
 * @returns {readonly SitePage[]} in the order of the menu
 */
export function stagePages({ pages, files, own }) {
  /** @type {SitePage[]} */
  const staged = [];
  /** @type {string[]} */
  const queue = [];
  const wanted = (/** @type {string} */ file) => void queue.push(file);
  /** @param {{ file: string, title: string, about: string, section: string }} document */
  const stage = ({ file, title, about, section }) => {
    const page = pageOf(file);
    if (page === undefined || staged.some((known) => known.page === page)) return;
    const markdown = forSite(file, markdownOf(file, about), wanted);
    staged.push({ page, title, about, section, markdown });
    write(pages, `${page}.md`, frontmatter({ title, about }) + markdown);
  };
  const overview = {
    title: 'Overview',
    about: 'What it is, in five minutes: install, speak, methods, errors',
  };
  const list = documentList();
  const [first] = list;
  stage({ file: 'README.md', section: first?.title ?? '', ...overview });
  for (const { title: section, documents } of list)
    for (const document of documents) {
      stage({ ...document, section });
      if (document.file === DECISIONS) for (const one of decisions()) stage({ ...one, section });
    }
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    if (isCopied(file)) {
      // Shown in a page, or linked: one of two places.
      for (const folder of [join(pages, 'pictures'), join(files, 'files')]) {
        mkdirSync(folder, { recursive: true });
        copyFileSync(join(ROOT, file), join(folder, basename(file)));
      }
    } else {
      stage({ file, title: titleOf(markdownOf(file, '')), about: '', section: FURTHER });
    }
  }
  write(pages, 'index.md', homePage(wanted));
  for (const { page, title, about, front, markdown } of ownPages(own)) {
    write(pages, `${page}.md`, frontmatter({ title, about }).replace(/---\n\n$/, front) + markdown);
    const text = markdown.replaceAll(/^<.*>\n/gm, '');
    staged.splice(1, 0, { page, title, about, section: first?.title ?? '', markdown: text });
  }
  return staged;
}

/** @param {string} folder @param {string} name @param {string} text */
function write(folder, name, text) {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** @param {{ title: string, about: string }} page */
function frontmatter({ title, about }) {
  return `---\ntitle: ${JSON.stringify(title)}\ndescription: ${JSON.stringify(about)}\n---\n\n`;
}

/** Pages that no document is behind: their text is in the site's own folder. @param {string} folder */
function ownPages(folder) {
  return ['playground'].map((page) => {
    const [front = '', markdown = ''] = read(join(folder, `${page}.md`))
      .replace(/^---\n/, '')
      .split(/(?<=\n---\n)/);
    const about = plain(/^# .+\n\n(.+)$/m.exec(markdown)?.[1] ?? '');
    return { page, title: titleOf(markdown), about, front, markdown };
  });
}

/** A document as Markdown. @param {string} file @param {string} about */
function markdownOf(file, about) {
  if (file === DECISIONS) {
    const items = decisions().map(({ file: one, title }) => `- [${title}](${basename(one)})`);
    const why =
      'Where the protocol is silent, or its sources disagree: what was decided, why, and what follows.';
    return `# Decisions\n\n${why}\n\n${items.join('\n')}\n`;
  }
  if (!file.endsWith('.mjs')) return read(file);
  const name = basename(file);
  return `# ${name}\n\n${about}\n\nIn a clone, after \`npm run build\`: \`node ${file}\`.\n\n\`\`\`js\n${read(file).trimEnd()}\n\`\`\`\n`;
}

/** The text of a document with everything turned that the site has elsewhere or otherwise. Code stays as it is.
 *
 * @param {string} file @param {string} markdown @param {(file: string) => void} wanted
 */
function forSite(file, markdown, wanted) {
  const from = file === DECISIONS ? `${DECISIONS}/index.md` : file;
  const link = (/** @type {string} */ target, isShown = true) => siteLink({ from, target, isShown, wanted });
  return markdown
    .split(/(^```[^]*?^```$|`[^`\n]+`)/m)
    .map((part) => {
      if (part.startsWith('```mermaid')) return diagram(part, link, file);
      if (part.startsWith('`')) return part;
      return part
        .replaceAll(/<picture>[^]*?<\/picture>/g, bothPictures)
        .replaceAll(
          /(!?)(\[[^\]]*)?\]\(([^)\s]+)(?=[\s)])/g,
          (/** @type {string} */ _, /** @type {string} */ mark, text = '', /** @type {string} */ target) =>
            `${mark}${text}](${link(target, mark !== '')}`,
        )
        .replaceAll(
          /\b(src|srcset|href)="([^"\s]+)"/g,
          (/** @type {string} */ _, /** @type {string} */ name, /** @type {string} */ target) =>
            `${name}="${link(target, name !== 'href')}"`,
        );
    })
    .join('');
}

/** The site has a switch of its own between light and dark, which `prefers-color-scheme` does not follow. @param {string} html */
function bothPictures(html) {
  const dark = /srcset="([^"]+)"/.exec(html)?.[1];
  const light = /<img [^>]*>/.exec(html)?.[0];
  if (dark === undefined || light === undefined) throw new Error(`no dark form: ${html}`);
  const image = (/** @type {string} */ theme, /** @type {string} */ text) =>
    text.replace('<img ', `<img class="only-${theme}" `);
  return `<p>${image('light', light)}${image('dark', light.replace(/\bsrc="[^"]+"/, `src="${dark}"`))}</p>`;
}

/** @param {string} block @param {(target: string) => string} link @param {string} file */
function diagram(block, link, file) {
  if (!block.includes('stateDiagram')) return sequenceSteps(block);
  // README.md has a picture that is made of the same table.
  const picture = /<picture>[^]*?<\/picture>/.exec(read('README.md'))?.[0] ?? '';
  const toDocs = picture.replaceAll(
    'docs/pictures/',
    file.startsWith('docs/') ? 'pictures/' : 'docs/pictures/',
  );
  return bothPictures(toDocs).replaceAll(
    /\bsrc="([^"]+)"/g,
    (/** @type {string} */ _, /** @type {string} */ target) => `src="${link(target)}"`,
  );
}

/** What README.md says first: what it is, how it looks, and a picture. @param {(file: string) => void} wanted */
function homePage(wanted) {
  const readme = read('README.md');
  const { name, description } = /** @type {{ name: string, description: string }} */ (
    readJson('package.json')
  );
  const intro = /^# .+\n\n([^]+?)\n\n```/.exec(readme)?.[1] ?? '';
  const [program = '', , prints = ''] =
    /^```js\n[^]*?^```\n\n(^```text\n[^]*?^```)/m.exec(readme)?.[0].split(/\n\n(?=```text)()/) ?? [];
  const picture =
    /<picture>[^]*?<\/picture>/
      .exec(read('docs/reconnecting.md'))?.[0]
      .replaceAll('pictures/', 'docs/pictures/') ?? '';
  if ([intro, program, prints, picture].includes(''))
    throw new Error('README.md does not begin as the home page needs it');
  const hero = {
    layout: 'home',
    title: name,
    titleTemplate: description,
    hero: {
      name,
      tagline: description,
      actions: [
        { theme: 'brand', text: 'Get started', link: '/getting-started' },
        { theme: 'alt', text: 'Try it in the browser', link: '/playground' },
        { theme: 'alt', text: 'Overview', link: '/overview' },
      ],
    },
  };
  const body = forSite('README.md', `${intro}\n\n${program}\n\n${prints}\n\n${picture}\n`, (file) => {
    if (isCopied(file)) wanted(file);
  });
  return `---\n${JSON.stringify(hero)}\n---\n\n<div class="vp-doc home-doc">\n\n${body}\n</div>\n`;
}
