// @ts-check
/** The menus of the site, made of its pages. Nothing in them is folded: VitePress makes a button within a button of that. */

/** @typedef {import('./stage-pages.mjs').SitePage} SitePage */
/** @typedef {{ text: string, link?: string, items?: MenuItem[] }} MenuItem */

/** @param {SitePage} page @returns {MenuItem} */
function item({ page, title }) {
  return { text: title, link: `/${page}` };
}

const DECISIONS = 'decisions/index';
const isDecision = (/** @type {SitePage} */ { page }) => page.startsWith('decisions/') && page !== DECISIONS;

/**
 * The menus of the documents, by the beginning of the addresses for which they are. Decisions have one of their own, so that not every page
 * has all of them in it.
 *
 * @param {readonly SitePage[]} pages
 * @returns {Record<string, MenuItem[]>}
 */
export function documentMenus(pages) {
  const sections = [...new Set(pages.map(({ section }) => section))];
  const menu = sections.map((section) => {
    const items = pages.filter((page) => page.section === section && !isDecision(page)).map(item);
    return { text: section, items };
  });
  const decisions = pages.filter((page) => isDecision(page) || page.page === DECISIONS).map(item);
  const back = menu.find(({ items }) => items.some(({ link }) => link === `/${DECISIONS}`));
  return {
    '/decisions/': [{ text: 'Decisions', items: decisions }, ...(back === undefined ? [] : [back])],
    '/': menu,
  };
}

/**
 * The menus of the API, by the beginning of the addresses for which they are: the entries, and under the one that is shown what it exports.
 *
 * @param {readonly SitePage[]} pages
 * @returns {Record<string, MenuItem[]>}
 */
export function apiMenus(pages) {
  const entries = pages.filter(({ page }) => /^api\/[^/]+\/index$/.test(page));
  return Object.fromEntries(
    entries.map((entry) => {
      const folder = entry.page.slice(0, -'index'.length);
      /** @type {Map<string, MenuItem[]>} */
      const kinds = new Map();
      for (const page of pages) {
        if (page === entry || !page.page.startsWith(folder)) continue;
        const [kind = ''] = page.page.slice(folder.length).split('/');
        kinds.set(kind, [...(kinds.get(kind) ?? []), item(page)]);
      }
      const shown = [...kinds].map(([kind, items]) => ({
        text: `${kind.charAt(0).toUpperCase()}${kind.slice(1).replaceAll('-', ' ')}`,
        items,
      }));
      const importable = entries.map((one) => (one === entry ? { ...item(one), items: [] } : item(one)));
      return [`/${folder}`, [{ text: 'Import from', items: importable }, ...shown]];
    }),
  );
}
