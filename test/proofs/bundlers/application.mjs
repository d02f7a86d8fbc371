/** What each bundler makes one program of. */
import { speak } from './speech.mjs';

void speak().then((said) => process.stdout.write(`${said}\n`));
