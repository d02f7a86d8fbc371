/**
 * A session keeps its rules for any messages of a service: the seed scripts of the fuzzer, and random
 * mutations of them.
 */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createSeededRandom } from '../../src/adapters/node/runtime-sources.js';
import { searched } from '../support/search.js';
import { mutateScript } from './mutate-script.js';
import { receive } from './receive-path.js';
import { SEED_SCRIPTS } from './seed-scripts.js';

const MUTATED = searched(500, 150);

// The applications of some scripts throw in their callbacks, and each error causes a process warning.
beforeEach(() => void vi.spyOn(process, 'emitWarning').mockReturnValue());

describe('a session that receives arbitrary messages', () => {
  it.each(SEED_SCRIPTS.map((script, number) => [number, script] as const))(
    'keeps its rules in dialogue %i',
    async (_number, script) => {
      await receive(script);
    },
  );

  it(`keeps its rules in ${MUTATED} mutated dialogues`, async () => {
    const random = createSeededRandom(20_250);
    for (let run = 0; run < MUTATED; run += 1) {
      const script = mutateScript(SEED_SCRIPTS, () => random.next());
      await expect(receive(script), JSON.stringify(script)).resolves.toBeUndefined();
    }
  });
});
