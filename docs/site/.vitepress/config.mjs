/** How the site looks and what VitePress makes of the pages. They and the menus are made by `build/build-site.mjs`. */
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';

const { name, description, version, address, base, sidebar } = JSON.parse(
  readFileSync(process.env.SITE_FACTS, 'utf8'),
);

/** As GitHub makes them, so that a link leads to the heading there and here. */
const slugify = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='%230f766e'/%3E%3Cpath d='M4.5 9.5q3.5 3.5 7 0' stroke='white' stroke-width='1.6' fill='none' stroke-linecap='round'/%3E%3Ccircle cx='5.6' cy='6.3' r='1' fill='white'/%3E%3Ccircle cx='10.4' cy='6.3' r='1' fill='white'/%3E%3C/svg%3E";

export default defineConfig({
  title: name,
  description,
  base,
  lang: 'en',
  srcDir: process.env.SITE_PAGES,
  outDir: process.env.SITE_OUT,
  cacheDir: 'node_modules/.cache/vitepress',
  head: [
    ['link', { rel: 'icon', href: ICON }],
    ['meta', { name: 'color-scheme', content: 'light dark' }],
  ],
  metaChunk: true,
  markdown: {
    anchor: { slugify },
    headers: { slugify, level: [2, 3] },
    toc: { slugify },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  vite: {
    publicDir: process.env.SITE_FILES,
    logLevel: 'warn',
    build: { chunkSizeWarningLimit: 4_000 },
  },
  themeConfig: {
    siteTitle: name,
    version,
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/getting-started', activeMatch: '^/(?!api/|playground|options|errors)' },
      { text: 'Errors', link: '/errors' },
      { text: 'API', link: '/api/session/index', activeMatch: '^/api/' },
      { text: 'Playground', link: '/playground' },
      { component: 'VersionSwitch' },
    ],
    sidebar,
    search: {
      provider: 'local',
      options: {
        detailedView: true,
        // Code is found as text: its colours would take longer than all the rest.
        _render: (source, env, md) => {
          const plain = (_, code) => code.replaceAll(/^/gm, '    ');
          return md.render(source.replaceAll(/^```.*\n([^]*?)^```$/gm, plain), env);
        },
        translations: { button: { buttonText: 'Search', buttonAriaLabel: 'Search' } },
      },
    },
    socialLinks: [],
    docFooter: { prev: 'Before', next: 'Next' },
    footer: { message: `MIT License · <a href="${address}">Repository</a>` },
  },
});
