// @ts-check
/** In a clone that was not built, the program ends with one line instead of a stack. */
import { existsSync } from 'node:fs';

if (!existsSync(new URL('../../dist/emulator/index.js', import.meta.url))) {
  process.stderr.write('dist/ is missing: run npm run build first\n');
  process.exit(1);
}
