/** The delivery of events to an application whose handlers can throw or change the listeners. */
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Notifier } from '../../../src/client/events/notifier.js';
import type { StateChange } from '../../../src/client/events/session-events.js';

const change = (to: StateChange['to']): StateChange => ({ from: 'idle', to, reason: 'test' });
const clock = { nowMs: () => 0 };

describe('emit()', () => {
  it('calls the callback, then the listeners in the order in which they were added', () => {
    const order: string[] = [];
    const notifier = new Notifier({ state: () => order.push('callback') }, clock);
    notifier.on('state', () => order.push('first'), false);
    notifier.on('state', () => order.push('second'), false);
    notifier.emit('state', change('closed'));
    expect(order).toEqual(['callback', 'first', 'second']);
  });

  it('calls a once-listener once, and does not call a removed one', () => {
    const order: string[] = [];
    const notifier = new Notifier({}, clock);
    const gone = (): number => order.push('gone');
    notifier.on('state', () => order.push('once'), true);
    notifier.on('state', gone, false);
    notifier.off('state', gone);
    notifier.emit('state', change('closing'));
    notifier.emit('state', change('closed'));
    expect(order).toEqual(['once']);
  });

  it('removes a once-listener by the function that was given', () => {
    const order: string[] = [];
    const notifier = new Notifier({}, clock);
    const listener = (): number => order.push('once');
    notifier.on('state', listener, true);
    notifier.off('state', listener);
    notifier.emit('state', change('closed'));
    expect(order).toEqual([]);
  });

  it('reports whether an event has a handler or a listener', () => {
    const notifier = new Notifier({ error: () => undefined }, clock);
    const listener = (): undefined => undefined;
    expect([notifier.hasListeners('error'), notifier.hasListeners('frame')]).toEqual([true, false]);
    notifier.on('frame', listener, false);
    expect(notifier.hasListeners('frame')).toBe(true);
    notifier.off('frame', listener);
    expect(notifier.hasListeners('frame')).toBe(false);
  });

  it('calls no further handler once the subject of the event is revoked', () => {
    const order: string[] = [];
    const subject = { revoked: false, mustWait: false, wait: () => undefined };
    const notifier = new Notifier({ state: () => order.push('callback') }, clock);
    notifier.on(
      'state',
      () => {
        order.push('first');
        subject.revoked = true;
        notifier.emit('state', change('closing'), subject);
      },
      false,
    );
    notifier.on('state', () => order.push('second'), false);
    notifier.on('state', () => order.push('once'), true);
    notifier.emit('state', change('closed'), subject);
    expect(order).toEqual(['callback', 'first']);
    notifier.emit('state', change('closed'), subject);
    expect(order).toEqual(['callback', 'first']);
    notifier.emit('state', change('closed'));
    notifier.emit('state', change('closed'));
    expect(order.filter((name) => name === 'once')).toHaveLength(1);
  });

  it('delivers the events that a handler causes after the current event was delivered to all handlers', () => {
    const heard: string[] = [];
    const notifier = new Notifier({}, clock);
    notifier.on(
      'state',
      ({ to }) => {
        heard.push(`first ${to}`);
        if (to === 'closing') notifier.emit('state', change('closed'));
      },
      false,
    );
    notifier.on('state', ({ to }) => heard.push(`second ${to}`), false);
    notifier.emit('state', change('closing'));
    expect(heard).toEqual(['first closing', 'second closing', 'first closed', 'second closed']);
  });

  it('delays events until the change that causes them is complete, including nested changes', () => {
    const heard: string[] = [];
    let settled = false;
    const notifier = new Notifier({ state: ({ to }) => heard.push(`${to} ${settled}`) }, clock);
    notifier.batch(() => {
      notifier.emit('state', change('closing'));
      notifier.batch(() => notifier.emit('state', change('closed')));
      expect(heard).toEqual([]);
      settled = true;
    });
    expect(heard).toEqual(['closing true', 'closed true']);
  });

  it('delivers delayed events also when the change throws', () => {
    const heard: string[] = [];
    const notifier = new Notifier({ state: ({ to }) => heard.push(to) }, clock);
    expect(() =>
      notifier.batch(() => {
        notifier.emit('state', change('closing'));
        throw new Error('defect');
      }),
    ).toThrow('defect');
    notifier.emit('state', change('closed'));
    expect(heard).toEqual(['closing', 'closed']);
  });
});

describe('a handler that fails', () => {
  const warnings: Error[] = [];
  const collect = (warning: Error): void => void warnings.push(warning);
  beforeEach(() => {
    warnings.length = 0;
    process.on('warning', collect);
  });
  afterEach(() => void process.off('warning', collect));

  const textless: unknown = Object.create(null);
  const trapped: unknown = Object.defineProperty(new Error('trap'), 'stack', {
    get: () => {
      throw new Error('not even a stack');
    },
  });
  const FAILURES: readonly (readonly [string, () => unknown])[] = [
    [
      'throws an Error',
      () => {
        throw new Error('broken');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
    [
      'throws a string',
      () => {
        throw 'broken' as unknown as Error;
      },
    ],
    [
      'throws undefined',
      () => {
        throw undefined as unknown as Error;
      },
    ],
    [
      'throws a symbol',
      () => {
        throw Symbol('broken') as unknown as Error;
      },
    ],
    [
      'throws a value without a text',
      () => {
        throw textless as Error;
      },
    ],
    [
      'rejects with a value without a text',
      () =>
        Promise.resolve().then(() => {
          throw textless as Error;
        }),
    ],
    [
      'throws an Error whose stack throws',
      () => {
        throw trapped as Error;
      },
    ],
    [
      'returns a thenable that throws',
      () => ({
        then: () => {
          throw new Error('broken');
        },
      }),
    ],
    [
      'returns an object whose then throws',
      () =>
        Object.defineProperty({}, 'then', {
          get: () => {
            throw new Error('broken');
          },
        }),
    ],
  ];

  it.each(FAILURES)('and %s becomes a warning; the other handlers still run', async (_name, failing) => {
    const heard: string[] = [];
    const notifier = new Notifier({ state: failing }, clock);
    notifier.on('state', failing, false);
    notifier.on('state', () => heard.push('listener'), false);
    expect(() => notifier.emit('state', change('closed'))).not.toThrow();
    await turn();
    expect(heard).toEqual(['listener']);
    expect(warnings.map(({ name }) => name)).toEqual(['AvatarKitHandlerWarning']);
  });

  it('is quoted in the warning', async () => {
    const state = (): never => {
      throw new Error('the disk is full');
    };
    new Notifier({ state }, clock).emit('state', change('closed'));
    await turn();
    expect(warnings[0]?.message).toMatch(
      /the handler of "state" of an avatar session failed: .*the disk is full/,
    );
  });
});

describe('a member that is added to Object.prototype', () => {
  const NAMES = ['fn', 'context', 'once', 'listener', 'listeners', 'length'];
  const throwing = (): never => {
    throw new Error('polluted');
  };
  it.each<[string, PropertyDescriptor]>([
    ['a number', { value: 7, writable: true }],
    ['a function', { value: throwing, writable: true }],
    ['an accessor that throws', { get: throwing }],
  ])('does not change the delivery of events: %s', (_kind, descriptor) => {
    const heard: string[] = [];
    const notifier = new Notifier({ state: () => heard.push('callback') }, clock);
    const removed = (): number => heard.push('removed');
    try {
      for (const name of NAMES)
        Object.defineProperty(
          Object.prototype,
          name,
          Object.assign(Object.create(null) as PropertyDescriptor, descriptor, { configurable: true }),
        );
      notifier.on('state', () => heard.push('first'), false);
      notifier.on('state', () => heard.push('once'), true);
      notifier.on('state', removed, false);
      notifier.on('state', () => heard.push('last'), false);
      notifier.emit('state', change('closed'));
      notifier.off('state', removed);
      notifier.on('state', () => heard.push('added'), false);
      notifier.emit('state', change('closed'));
    } finally {
      for (const name of NAMES) Reflect.deleteProperty(Object.prototype, name);
    }
    expect(heard).toEqual([
      ...['callback', 'first', 'once', 'removed', 'last'],
      ...['callback', 'first', 'last', 'added'],
    ]);
  });
});
