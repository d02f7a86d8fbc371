/** Tests `src/cli/terminal.ts`: lines that are rewritten in place. */
import { describe, expect, it } from 'vitest';
import { LiveScreen } from '../../src/cli/terminal.js';
import { fakeTerminal } from './fake-terminal.js';

const ERASE = '\r\u001B[J';

describe('a terminal that can rewrite a line', () => {
  it('keeps the live line below the permanent lines, and up to date', () => {
    const terminal = fakeTerminal({ liveColumns: 80 });
    const screen = new LiveScreen(terminal);
    let count = 1;
    screen.live(() => `live ${count}`);
    count = 2;
    screen.line('stays');
    screen.clear();
    screen.line('last', 'bad');
    expect(terminal.out).toBe(`live 1${ERASE}stays\nlive 2${ERASE}\u001B[31mlast\u001B[0m\n`);
  });

  it('cuts the live line so that it does not wrap', () => {
    const terminal = fakeTerminal({ liveColumns: 10 });
    new LiveScreen(terminal).live(() => '0123456789abc');
    expect(terminal.out).toBe('012345678');
  });

  it('limits the rate of redraws', () => {
    const terminal = fakeTerminal({ liveColumns: 80 });
    const screen = new LiveScreen(terminal);
    for (let count = 0; count < 3; count++) screen.live(() => `live ${count}`);
    expect(terminal.out).toBe('live 0');
  });
});

describe('a window that is resized', () => {
  it('clears all rows of a line that the window has wrapped', () => {
    let out = '';
    const write = (text: string): void => void (out += text);
    const terminal = { ...fakeTerminal(), liveColumns: 40, write, control: write };
    const screen = new LiveScreen(terminal);
    screen.live((columns) => '#'.repeat(columns));
    terminal.liveColumns = 15;
    screen.line('stays');
    expect(out).toBe(`${'#'.repeat(39)}\u001B[A\u001B[A${ERASE}stays\n${'#'.repeat(14)}`);
  });

  it('gets a line of the new width with the next redraw', () => {
    const widths: number[] = [];
    const terminal = { ...fakeTerminal(), liveColumns: 80 };
    const screen = new LiveScreen(terminal);
    screen.live((columns) => `${widths.push(columns)}`);
    terminal.liveColumns = 120;
    screen.line('stays');
    expect(widths).toEqual([79, 119]);
  });
});

describe('any other output', () => {
  it('gets only the permanent lines, without colours', () => {
    const terminal = fakeTerminal();
    const screen = new LiveScreen(terminal);
    screen.live(() => 'live');
    screen.line('stays', 'bad');
    screen.clear();
    expect(terminal.out).toBe('stays\n');
  });
});

it.each([undefined, 80])('text from outside can not control the terminal (columns: %s)', (liveColumns) => {
  const terminal = fakeTerminal(liveColumns === undefined ? {} : { liveColumns });
  new LiveScreen(terminal).line('a\u001B[2Jb\r\nc\u0007d\u009Be');
  expect(terminal.out).toBe('a [2Jb c d e\n');
});
