/**
 * Errors of a source from another realm, in virtual time. Under jest, Node's errors are not instances of the
 * Error class
 * that the package uses.
 */
import { PassThrough } from 'node:stream';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { audio, stage } from './scripted-stage.js';

const settled = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);
const ofAnotherRealm = (code: string): unknown => runInNewContext(code);
const ABORTED = ofAnotherRealm("Object.assign(new Error('stopped'), { name: 'AbortError' })");
const RESET = ofAnotherRealm("new Error('reset')");

describe('an error of another realm', () => {
  it.each([
    [
      'throws',
      (thrown: unknown): never => {
        throw thrown;
      },
    ],
    ['rejects with', (thrown: unknown): Promise<never> => Promise.reject(thrown as Error)],
  ] as const)('is an abort by its name where the function of a source %s it', async (_how, fail) => {
    const { session, errors, clock } = await stage();
    const utterance = session.speak(() => fail(ABORTED));
    await clock.settle();
    await expect(utterance.finished).resolves.toMatchObject({ outcome: 'interrupted' });
    expect(errors).toEqual([]);
  });

  it('is the cause when the function of a source throws it', async () => {
    const { session, clock } = await stage();
    const utterance = session.speak(() => {
      throw RESET;
    });
    await clock.settle();
    expect(await settled(utterance.finished)).toMatchObject({ origin: 'source', cause: RESET });
  });

  it.each<readonly [string, unknown, object]>([
    ['a failure', RESET, { origin: 'source', outcome: 'failed', cause: RESET }],
    ['an abort', ABORTED, { outcome: 'interrupted' }],
    ['a text', 'reset', { origin: 'source', outcome: 'failed' }],
  ])(
    'and a value that is not an Error determine how a piped stream ended: %s',
    async (_what, emitted, ending) => {
      const { session, clock } = await stage();
      const utterance = session.speak();
      const source = new PassThrough().on('error', () => undefined);
      source.pipe(utterance.writable);
      source.write(audio());
      source.emit('error', emitted);
      await clock.settle();
      expect(await settled(utterance.finished)).toMatchObject(ending);
    },
  );
});
