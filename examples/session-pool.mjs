// @ts-check
// A pool of sessions under the limit of a plan. A session that has ended is replaced; callers wait for a free one.
import { AvatarEmulator } from 'avatarkit-session/emulator';
import { createSessionPool } from 'avatarkit-session/pool';

const PLAN = 3; // sessions that the plan allows at the same time
const close = { kind: /** @type {const} */ ('close'), phase: /** @type {const} */ ('runtime') };
const service = await AvatarEmulator.start({
  maxSessions: PLAN,
  faults: [{ ...close, nth: 2, afterKeyframes: 5, code: 4002, reason: 'session time limit' }],
});

let made = 0;
const pool = createSessionPool({
  size: PLAN,
  session: () => {
    made += 1;
    // A free session is closed by the service after a while, and costs nothing then.
    return { ...service.sessionOptions, idle: 'reconnectOnDemand' };
  },
});

const calls = Array.from({ length: 8 }, () =>
  pool.use((session) => session.speak(new Uint8Array(32_000)).finished),
);
const finished = (await Promise.allSettled(calls)).filter(({ status }) => status === 'fulfilled').length;
console.log(
  `${finished} of 8 finished, ${made - PLAN} session replaced, at most ${service.peakOpenSockets} open`,
);
await pool.close();
await service.stop();
