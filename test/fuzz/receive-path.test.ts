/** Whatever a service sends, a session keeps its rules: the seeds of the fuzzing, and random changes of them. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createSeededRandom } from '../../src/adapters/node/runtime-sources.js';
import { mutateScript } from './mutate-script.js';
import { receive } from './receive-path.js';
import { SEED_SCRIPTS } from './seed-scripts.js';

// The applications of some scripts throw in their callbacks, which causes a process warning each time.
beforeEach(() => void vi.spyOn(process, 'emitWarning').mockReturnValue());

describe('a session that is sent anything', () => {
  it.each(SEED_SCRIPTS.map((script, number) => [number, script] as const))(
    'keeps its rules in dialogue %i',
    async (_number, script) => {
      await receive(script);
    },
  );

  it('keeps its rules in 500 changed dialogues', async () => {
    const random = createSeededRandom(20_250);
    for (let run = 0; run < 500; run += 1) {
      const script = mutateScript(SEED_SCRIPTS, () => random.next());
      await expect(receive(script), JSON.stringify(script)).resolves.toBeUndefined();
    }
  });
});
