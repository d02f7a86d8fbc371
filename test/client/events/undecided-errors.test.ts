/**
 * Errors whose event waits until the session has decided whether it continues: how long they wait, in which order
 * they are emitted, and what ends the wait.
 */
import { describe, expect, it } from 'vitest';
import { AvatarSDKError } from '../../../src/core/failure/avatar-sdk-error.js';
import { UndecidedErrors } from '../../../src/client/events/undecided-errors.js';
import { VirtualClock } from '../../virtual-clock.js';

function errorNamed(message: string): AvatarSDKError {
  return new AvatarSDKError({ code: 'serverError', phase: 'websocket_runtime', step: 'receive', message });
}

function waiting(): {
  readonly clock: VirtualClock;
  readonly errors: UndecidedErrors;
  readonly emitted: string[];
  readonly add: (message: string, waitMs: number) => AvatarSDKError;
} {
  const clock = new VirtualClock();
  const emitted: string[] = [];
  const errors = new UndecidedErrors(clock, ({ error }) => void emitted.push(error.message));
  const add = (message: string, waitMs: number): AvatarSDKError => {
    const error = errorNamed(message);
    errors.add(error, waitMs, undefined);
    return error;
  };
  return { clock, errors, emitted, add };
}

describe('an error that waits', () => {
  it('is emitted when its own waiting time is over', async () => {
    const { clock, emitted, add } = waiting();
    add('first', 1_000);
    await clock.advance(600);
    add('second', 1_000);
    await clock.advance(399);
    expect(emitted).toEqual([]);
    await clock.advance(1);
    expect(emitted).toEqual(['first']);
    await clock.advance(600);
    expect(emitted).toEqual(['first', 'second']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is not emitted before an earlier one', async () => {
    const { clock, emitted, add } = waiting();
    add('first', 1_000);
    add('second', 0);
    await clock.advance(999);
    expect(emitted).toEqual([]);
    await clock.advance(1);
    expect(emitted).toEqual(['first', 'second']);
  });

  it('is emitted only after the input that has arrived is read, also after a stall of the event loop', async () => {
    const { clock, errors, emitted, add } = waiting();
    add('first', 1_000);
    let taken = 0;
    await clock.stall(5_000, () => (taken = errors.takeAll().length));
    expect(taken).toBe(1);
    expect(emitted).toEqual([]);
  });

  it('is in the list until it is taken; then no timer is left', () => {
    const { clock, errors, add } = waiting();
    const error = add('first', 1_000);
    expect([errors.has(error), errors.size]).toEqual([true, 1]);
    expect(errors.takeAll()).toMatchObject([{ error }]);
    expect([errors.has(error), errors.size, clock.pendingTimers]).toEqual([false, 0, 0]);
    expect(errors.takeAll()).toEqual([]);
  });

  it('is emitted early when more than 16 wait', () => {
    const { errors, emitted, add } = waiting();
    for (let n = 0; n < 18; n += 1) add(String(n), 1_000);
    expect(emitted).toEqual(['0', '1']);
    expect(errors.size).toBe(16);
  });
});
