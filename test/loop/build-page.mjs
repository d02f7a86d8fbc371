// @ts-check
/**
 * Makes the page of the inspector, dist/inspector/page: one file of HTML, of JavaScript and of CSS, with all that it needs inside. A part
 * of the build; by itself it takes half a second.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

const ROOT = new URL('../..', import.meta.url).pathname;
const SOURCES = join(ROOT, 'src/inspector/page');
const MADE = join(ROOT, 'dist/inspector/page');

const STYLES = [join(ROOT, 'node_modules/uplot/dist/uPlot.min.css'), join(SOURCES, 'page.css')];

const bundle = await rolldown({
  cwd: ROOT,
  input: join(SOURCES, 'main.tsx'),
  platform: 'browser',
  tsconfig: join(SOURCES, 'tsconfig.json'),
  resolve: { extensionAlias: { '.js': ['.ts', '.tsx', '.js'] } },
});
mkdirSync(MADE, { recursive: true });
await bundle.write({ file: join(MADE, 'page.js'), format: 'esm', minify: true, comments: false });
await bundle.close();
writeFileSync(join(MADE, 'page.css'), STYLES.map((file) => readFileSync(file, 'utf8')).join('\n'));
copyFileSync(join(SOURCES, 'index.html'), join(MADE, 'index.html'));
// What is inside the page, and under which terms.
const licences = ['preact', 'uplot'].map(
  (name) => `${name}\n\n${readFileSync(join(ROOT, 'node_modules', name, 'LICENSE'), 'utf8')}`,
);
writeFileSync(join(MADE, 'LICENSES.txt'), licences.join('\n\n'));
