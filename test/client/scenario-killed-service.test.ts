/**
 * The service is killed with SIGKILL during speech and restarted on the same port: the session completes the
 * utterance.
 */
import { expect, it } from 'vitest';
import { newAvatarSession } from '../../src/index.js';
import { pieces, tone } from '../emulator/pcm.js';
import { KillableService } from './scenario-support/killable-service.js';
import { CountedClock, Leftovers } from './scenario-support/leftovers.js';
import { next, record } from './scenario-support/record.js';
import { CHUNK_BYTES, expectSpokenOnce } from './scenario-support/spoken.js';
import { QUICK } from './scenario-support/trial.js';
import { waitFor } from '../support/wait-for.js';

const SENTENCE = tone(1_200);

it('after a kill of the service the session reconnects and completes the utterance, every keyframe once', async () => {
  await using service = await KillableService.start();
  const leftovers = new Leftovers();
  const clock = new CountedClock();
  const session = newAvatarSession({ ...service.target, retry: QUICK, clock });
  const seen = record(session);
  await session.start();

  const utterance = session.speak(pieces(SENTENCE, CHUNK_BYTES));
  await waitFor(() => expect(seen.frames.length).toBeGreaterThan(5));
  await service.kill();
  // Now the port refuses connections, and the session has dialled it.
  while (session.state === 'websocket_runtime' || seen.errors.length < 2) await next(session, 'error');
  await service.restart();
  expect(await utterance.finished).toMatchObject({ outcome: 'replayed', keyframes: 30 });

  expectSpokenOnce(seen.frames, utterance.reqId, SENTENCE);
  expect(seen.reconnects).toHaveLength(1);
  const [first, ...refused] = seen.errors;
  expect(first).toMatchObject({ code: 'connectionClosed', phase: 'websocket_runtime', willRetry: true });
  expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['connectionFailed']));
  await session.close();
  expect(clock.pendingTimers).toBe(0);
  await service.kill();
  expect(await leftovers.found()).toEqual([]);
});
