// @ts-check
// A custom policy: reconnects after the plan's duration limit, waits long for upstream failures, and fails
// fast otherwise.
import { newAvatarSession } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';

const service = await AvatarEmulator.start({
  faults: [
    { kind: 'close', phase: 'runtime', nth: 1, afterKeyframes: 20, code: 4002, reason: 'session time limit' },
    { kind: 'refuse', phase: 'upgrade', nth: 2, status: 503 },
    { kind: 'close', phase: 'runtime', nth: 3, code: 4001, reason: 'Credits exhausted' },
  ],
});

const session = newAvatarSession({
  ...service.sessionOptions,
  retry: {
    rules: {
      sessionDurationExceeded: 'retry', // surfaced by default
      upstreamError: { maxAttempts: 4, backoff: { capMs: 2_000 } },
    },
    backoff: { baseMs: 100 },
    maxElapsedMs: 30_000,
  },
  onError: (error) => {
    const next = error.willRetry ? 'the session goes on' : `given up (${error.reason}). ${error.remediation}`;
    console.log(`${error.code} in ${error.phase}: ${next}`);
  },
  onRetry: ({ attempt, delayMs }) => console.log(`attempt ${attempt} in ${delayMs} ms`),
  onReconnect: ({ attempts, error }) =>
    console.log(`reconnected after ${error.code}, at attempt ${attempts}`),
});

await session.start();
// One second of silence, which has 25 keyframes.
const { outcome, keyframes } = await session.speak(new Uint8Array(32_000)).finished;
console.log(`${keyframes} keyframes, ${outcome}`);

// The next connection is one without credits: no rule retries that, and the session ends by itself.
const over = new Promise((resolve) => session.once('close', resolve));
service.inject({ kind: 'reset', phase: 'runtime' });
await over;
console.log(`the session is ${session.state}`);
await service.stop();
