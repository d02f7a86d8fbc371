/** Tests of the command, the examples and the documents run on dist/. Where it is missing, one line says so and nothing runs. */
import { existsSync } from 'node:fs';

export default function needsBuild(): void {
  if (existsSync(new URL('../../dist/index.js', import.meta.url))) return;
  process.stderr.write('dist/ is missing: run npm run build first\n');
  process.exit(1);
}
