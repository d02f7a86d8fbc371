/** The command `emulate` in this process: its output about the service, and its end by a signal. */
import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.js';
import { faultsSchema } from '../../src/emulator/fault/parse-faults.js';
import { fakeTerminal } from './fake-terminal.js';

describe('emulate', () => {
  it('prints its endpoints, its credentials and its faults, and ends with 0', async () => {
    const terminal = fakeTerminal();
    const ended = run(['emulate', '--seed', '7', '--faults', 'demo'], terminal);
    await expect.poll(() => terminal.out).toContain('Ctrl-C');
    expect(terminal.out).toContain('faults     demo, seed 7');
    expect(terminal.out).toContain('The API key is public, the same in every copy of this package');
    terminal.stop();
    expect(await ended).toBe(0);
  });

  it('prints a command that uses it, in the form for a project that has installed the package', async () => {
    const terminal = fakeTerminal();
    const ended = run(['emulate'], terminal);
    await expect.poll(() => terminal.out).toContain('Ctrl-C');
    const [, command = ''] = /^Speak to it from another terminal:\n(.*)$/m.exec(terminal.out) ?? [];
    const [, key = '', words = ''] =
      /^AVATARKIT_API_KEY=(\S+) npx avatarkit-session (.*)$/.exec(command) ?? [];
    const speaking = fakeTerminal({ env: { AVATARKIT_API_KEY: key } });
    expect(await run([...words.split(' '), '--quiet', '--speed', '100'], speaking)).toBe(0);
    expect(speaking.out).toMatch(/^keyframes \d+\/\d+ · lost 0 · duplicated 0/m);
    terminal.stop();
    expect(await ended).toBe(0);
  });

  it('prints every event with --verbose, and quotes values of clients', async () => {
    const terminal = fakeTerminal();
    const ended = run(['emulate', '--verbose'], terminal);
    await expect.poll(() => terminal.out).toContain('Ctrl-C');
    expect(terminal.out).toContain('faults     none, seed 1');
    const named = (name: string): string =>
      new RegExp(`^${name} +(\\S+)$`, 'm').exec(terminal.out)?.[1] ?? '';
    const client = await fetch(`${named('console')}/session-tokens`, {
      method: 'POST',
      headers: { 'X-Api-Key': 'what is "this"' },
      body: '{}',
    });
    expect(client.status).toBe(401);
    await expect.poll(() => terminal.out).toMatch(/^ +\d+\.\d{3} s {2}token.* status=401/m);
    terminal.stop();
    expect(await ended).toBe(0);
  });

  it('writes only its log as JSON Lines, starting with its address', async () => {
    const terminal = fakeTerminal();
    const ended = run(['emulate', '--log', 'jsonl', '--api-key', 'key-1', '--app-id', 'app-1'], terminal);
    await expect.poll(() => terminal.lines.length).toBe(1);
    const first = JSON.parse(terminal.lines[0] ?? '') as Record<string, string>;
    expect(first).toMatchObject({ event: 'listening', apiKey: 'key-1', appId: 'app-1' });
    const url = `${first['consoleEndpointUrl'] ?? ''}/session-tokens`;
    await fetch(url, { method: 'POST', headers: { 'X-Api-Key': 'wrong' }, body: '{}' });
    await expect.poll(() => terminal.lines.length).toBe(3);
    terminal.stop();
    expect(await ended).toBe(0);
    const events = terminal.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ event }) => event)).toEqual(['listening', 'tokenRequested', 'tokenRefused']);
    expect(events[2]).toMatchObject({ status: 401 });
  });

  it('writes the schema of a plan of faults, and starts nothing', async () => {
    const terminal = fakeTerminal();
    expect(await run(['emulate', '--schema'], terminal)).toBe(0);
    expect(JSON.parse(terminal.out)).toEqual(faultsSchema());
  });
});
