/**
 * Setup for tests that use dist/ (the command, the examples and the documents). If dist/ is missing, it
 * prints one line and no test runs.
 */
import { existsSync } from 'node:fs';

export default function needsBuild(): void {
  if (existsSync(new URL('../../dist/index.js', import.meta.url))) return;
  process.stderr.write('dist/ is missing: run npm run build first\n');
  process.exit(1);
}
