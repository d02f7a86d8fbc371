/** Promises without a handler: a failure never causes an unhandled rejection in the process. */
import { EventEmitter, once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { newAvatarSession } from '../../src/index.js';
import type { AvatarSession } from '../../src/index.js';
import { tone } from '../emulator/pcm.js';
import { LooseEnds } from './scenario-support/loose-ends.js';
import { next } from './scenario-support/record.js';
import { openTrial } from './scenario-support/trial.js';

/** Calls every method that returns a promise, without await. */
function callEverything(session: AvatarSession): void {
  void session.init();
  void session.start();
  void session.sendAudio(tone(20));
  void session.sendAudio('no audio' as unknown as Uint8Array);
  void session.sendAudio(null as unknown as Uint8Array, true);
  const utterance = session.speak();
  void utterance.write(tone(20));
  void utterance.write('no audio' as unknown as Uint8Array);
  void utterance.end();
  void utterance.write(tone(20));
  void utterance.finished;
  void utterance.interrupt();
  void utterance.write(tone(20));
  // An invalid argument of speak() throws synchronously.
  expect(() => session.speak('no audio' as unknown as Uint8Array)).toThrow(TypeError);
  void session.speak([Uint8Array.of(0x52, 0x49, 0x46, 0x46)]);
  void session.speak(failing());
  void session.interrupt();
  void session.pause();
  void session.resume();
}

/** A source of audio that fails half-way. */
function* failing(): Generator<Uint8Array> {
  yield tone(20);
  throw new Error('the microphone was removed');
}

describe('calls that are not awaited', () => {
  it.each([
    ['refused at the token', { kind: 'refuse', phase: 'token', status: 401 }],
    ['refused at the upgrade', { kind: 'refuse', phase: 'upgrade', status: 402 }],
    ['refused in the handshake', { kind: 'close', phase: 'handshake', code: 4001 }],
    ['ended at runtime', { kind: 'close', phase: 'runtime', code: 4002, afterAudioBytes: 640 }],
  ] as const)('are never unhandled: a session %s', async (_where, fault) => {
    using loose = new LooseEnds();
    await using trial = await openTrial({ faults: [fault] });
    const { session } = trial;
    const closed = next(session, 'close');
    void session.start();
    callEverything(session);
    void session.sendAudio(tone(20));
    expect(await closed).toMatchObject({ reason: 'failed' });
    callEverything(session);
    await loose.settle();
    expect(loose.found).toEqual([]);
    expect(loose.warnings).toEqual([]);
  });

  it('cause no unhandled rejection in a session that is closed at once, and in one that was never started', async () => {
    using loose = new LooseEnds();
    await using trial = await openTrial();
    callEverything(trial.session);
    void trial.session.close();
    callEverything(trial.session);
    const idle = newAvatarSession({ appId: 'a', avatarId: 'b', apiKey: 'key' });
    void idle.sendAudio(tone(20));
    void idle.speak(tone(20));
    void idle.pause();
    void idle.close();
    await loose.settle();
    expect(loose.found).toEqual([]);
  });

  it('cause no unhandled rejection by a close() with an invalid option, which rejects and does not change the session', async () => {
    using loose = new LooseEnds();
    await using trial = await openTrial();
    await trial.session.start();
    void trial.session.close({ timeoutMs: -1 });
    await loose.settle();
    expect(loose.found).toEqual([]);
    await expect(trial.session.close({ timeoutMs: -1 })).rejects.toThrow(/timeoutMs .* at least|from 0 to/);
    expect(trial.session.state).toBe('websocket_runtime');
  });

  it('cause no unhandled rejection by a token provider and an egress function that reject after the end of the session', async () => {
    using loose = new LooseEnds();
    const late: ((error: Error) => void)[] = [];
    const called = new EventEmitter();
    const hang = (): Promise<never> =>
      new Promise((_resolve, reject) => {
        late.push(reject);
        called.emit('called');
      });
    await using trial = await openTrial({}, { tokenProvider: hang });
    await using other = await openTrial({}, { livekitEgress: hang });
    for (const { session } of [trial, other]) {
      const asked = once(called, 'called');
      const started = session.start();
      await asked;
      await session.close();
      await expect(started).rejects.toMatchObject({ reason: 'closed' });
      for (const reject of late.splice(0)) reject(new Error('too late'));
    }
    await loose.settle();
    expect(loose.found).toEqual([]);
    expect(await other.socketsLeft()).toBe(0);
  });
});
