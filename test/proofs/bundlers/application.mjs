/** The source that each bundler bundles into one program. */
import { speak } from './speech.mjs';

void speak().then((said) => process.stdout.write(`${said}\n`));
