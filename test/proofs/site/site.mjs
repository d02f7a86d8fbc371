// @ts-check
/**
 * Builds the site of the documents and tests it in a real Chromium: `site`. Further arguments are options of
 * vitest.
 *
 * - `--serve [--port N]`: builds it and serves it until the process ends.
 * - `--out FOLDER [--address https://host/path/]`: builds it and adds this version to the folder, beside the
 *   existing versions.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildSite } from '../../../docs/site/build/build-site.mjs';
import { publishSite } from '../../../docs/site/build/publish-site.mjs';
import { serveSite } from '../../../docs/site/build/serve-site.mjs';
import { installNested } from '../install-nested.mjs';

const ROOT = new URL('../../..', import.meta.url).pathname;
const PUBLISHED = join(ROOT, 'reports/site/published');
/** Not `/`, so that an address without the base path is detected. */
const BASE = '/avatarkit-session/';

const { values, tokens } = parseArgs({
  options: {
    serve: { type: 'boolean' },
    port: { type: 'string' },
    out: { type: 'string' },
    address: { type: 'string' },
  },
  strict: false,
  tokens: true,
});
const own = ['serve', 'port', 'out', 'address'];
const isOwn = tokens.some((token) => token.kind === 'option' && own.includes(token.name));

await installNested(join(ROOT, 'docs/site'));
const began = performance.now();
const site = await buildSite();
process.stdout.write(
  `built ${site.pages.length} pages in ${((performance.now() - began) / 1_000).toFixed(1)} s\n`,
);
if (values.out !== undefined) {
  const folder = resolve(String(values.out));
  publishSite(site, { folder, address: String(values.address ?? '/') });
  process.stdout.write(`put into ${folder}\n`);
} else {
  rmSync(PUBLISHED, { recursive: true, force: true });
  publishSite(site, { folder: PUBLISHED, address: BASE });
}
if (values.serve === true) {
  const { url } = await serveSite(PUBLISHED, { base: BASE, port: Number(values.port ?? 0) });
  process.stdout.write(`${url}latest/\n`);
} else if (!isOwn) {
  const { status } = spawnSync(
    process.execPath,
    ['test/proofs/run-tests.mjs', 'site', ...process.argv.slice(2)],
    { cwd: ROOT, stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
}
