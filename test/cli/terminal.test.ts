/** The real terminal: its detection, its colours, and the removal of its signal listeners. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { processTerminal } from '../../src/cli/terminal.js';

function columnsOf(
  stdout: { isTTY?: boolean; columns?: number },
  env: Record<string, string>,
): number | undefined {
  vi.stubGlobal('process', { ...process, env, stdout, stderr: process.stderr });
  return processTerminal().liveColumns;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the terminal of the process', () => {
  it.each<[string, { isTTY?: boolean; columns?: number }, Record<string, string>, number | undefined]>([
    ['a terminal', { isTTY: true, columns: 120 }, {}, 120],
    ['a terminal without a known width', { isTTY: true, columns: 0 }, {}, 80],
    ['a terminal with an empty NO_COLOR', { isTTY: true, columns: 120 }, { NO_COLOR: '' }, 120],
    ['a terminal without colours', { isTTY: true, columns: 120 }, { NO_COLOR: '1' }, undefined],
    ['a dumb terminal', { isTTY: true, columns: 120 }, { TERM: 'dumb' }, undefined],
    ['a pipe', {}, {}, undefined],
  ])('%s', (_name, stdout, env, columns) => {
    expect(columnsOf(stdout, env)).toBe(columns);
  });

  it('calls back at the first signal, and removes its listeners', () => {
    const before = process.listeners('SIGINT').length;
    let stops = 0;
    processTerminal().onStop(() => (stops += 1));
    const [listener] = process.listeners('SIGINT').slice(-1);
    listener?.('SIGINT');
    expect([stops, process.listeners('SIGINT').length]).toEqual([1, before]);
  });

  it('removes its listeners when the returned function is called', () => {
    const signals = ['SIGINT', 'SIGTERM'] as const;
    const listening = (): number[] => signals.map((signal) => process.listenerCount(signal));
    const before = listening();
    const dispose = processTerminal().onStop(() => undefined);
    expect(listening()).toEqual(before.map((count) => count + 1));
    dispose();
    expect(listening()).toEqual(before);
  });

  it('writes unchanged text to standard output, and errors as lines to standard error', () => {
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    processTerminal().write('half');
    processTerminal().complain('why');
    expect([out.mock.calls, err.mock.calls]).toEqual([[['half']], [['why\n']]]);
  });
});
