// @ts-check
/**
 * For programs that read: `llms.txt`, a list of all pages (https://llmstxt.org), `llms-full.txt`, all documents in one text, and beside each page
 * its Markdown.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BASE } from './site-base.mjs';

/**
 * @param {string} folder of the built site
 * @param {readonly import('./stage-pages.mjs').SitePage[]} pages
 * @param {{ readonly name: string, readonly description: string }} about
 */
export function writeLists(folder, pages, { name, description }) {
  const sections = [...new Set(pages.map(({ section }) => section))];
  const parts = sections.map((section) => {
    const lines = pages
      .filter((page) => page.section === section)
      .map(({ page, title, about }) => `- [${title}](${BASE}${page}.md)${about === '' ? '' : `: ${about}`}`);
    return `## ${section}\n\n${lines.join('\n')}\n`;
  });
  const head = `# ${name}\n\n> ${description}\n`;
  writeFileSync(join(folder, 'llms.txt'), [head, ...parts].join('\n'));
  const documents = pages.filter(({ page }) => !page.startsWith('api/'));
  const texts = documents.map(({ page, markdown }) => `<!-- ${BASE}${page}.html -->\n\n${markdown.trim()}\n`);
  writeFileSync(join(folder, 'llms-full.txt'), [head, ...texts].join('\n'));
  for (const { page, markdown } of pages) {
    const file = join(folder, `${page}.md`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, markdown);
  }
}
