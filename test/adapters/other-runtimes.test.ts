/** What other runtimes have in the place of parts of Node, as far as it is different there: Bun has the clock and `ws` otherwise. */
import { afterEach, describe, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.doUnmock('node:perf_hooks');
  vi.doUnmock('ws');
  vi.resetModules();
});

describe('the clock of a runtime whose performance has its now itself', () => {
  it('is that one', async () => {
    vi.resetModules();
    vi.doMock('node:perf_hooks', () => ({ performance: { now: () => 42 } }));
    const { REAL_TIME } = await import('../../src/adapters/node/runtime-sources.js');
    expect(REAL_TIME.nowMs()).toBe(42);
  });
});

describe('a runtime with a package of its own in the place of ws', () => {
  it.each([
    ['a Sender that makes no frames', { Sender: vi.fn() }],
    ['no Sender', {}],
  ])('sends through that, with %s', async (_what, own) => {
    vi.resetModules();
    vi.doMock('ws', () => ({ Sender: undefined, WebSocket: vi.fn(), WebSocketServer: vi.fn(), ...own }));
    const { frameOf, GENERATE_MASK } = await import('../../src/adapters/ws/ws-package.js');
    expect(frameOf(new Uint8Array(4))).toBeUndefined();
    expect(GENERATE_MASK).toBeUndefined();
  });
});
