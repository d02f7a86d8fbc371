/** Node's own functions for emitters work with a session. */
import { once } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { openTrial } from './scenario-support/trial.js';

describe('events.once', () => {
  it('settles with the event, and leaves no handler behind that fails', async () => {
    const warned = vi.fn();
    process.on('warning', warned);
    await using trial = await openTrial({});
    await trial.session.start();
    const emitter = trial.session as unknown as NodeJS.EventEmitter;
    const closed = once(emitter, 'close').then(([info]) => info as unknown);
    const reconnected = once(emitter, 'reconnect');
    // An event `error` rejects it, as with every emitter.
    trial.service.inject({ kind: 'reset', phase: 'runtime' });
    await expect(reconnected).rejects.toMatchObject({ code: 'connectionClosed' });
    await expect(closed).rejects.toMatchObject({ code: 'connectionClosed' });
    const end = once(emitter, 'close');
    await trial.session.close();
    await expect(end).resolves.toMatchObject([{ reason: 'closed' }]);
    await new Promise(setImmediate);
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
  });
});
