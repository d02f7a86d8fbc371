import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { COMMANDS } from '../../src/cli/run.js';
import { runCommand } from './fake-terminal.js';

describe('help', () => {
  it.each(['--help', '-h'])('%s lists every command and the exit codes', async (option) => {
    const { exitCode, out } = await runCommand([option]);
    expect(exitCode).toBe(0);
    for (const { name, summary } of COMMANDS) expect(out).toContain(`${name.padEnd(9)}${summary}`);
    expect(out).toMatch(
      /0 {4}fine\n {2}1 {4}the session or the service failed.*\n.*\n {2}2 {4}wrong input[^]*\n {2}130 {2}interrupted/,
    );
  });

  it('states that a signal is the usual end of emulate: its exit code is 0 then, as its own help states', async () => {
    const { out } = await runCommand(['--help']);
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      'Ctrl-C or SIGTERM; emulate, which they end as usual, gives 0',
    );
    expect((await runCommand(['emulate', '--help'])).out.replaceAll(/\s+/g, ' ')).toContain(
      'Ctrl-C or SIGTERM ends it, exit code 0.',
    );
  });

  describe.each(COMMANDS.map(({ name }) => name))('%s --help', (name) => {
    it('has examples, also with other arguments', async () => {
      const { exitCode, out } = await runCommand([name, '--json', '--help']);
      expect(exitCode).toBe(0);
      expect(out).toMatch(new RegExp(`^avatarkit-session ${name} `));
      expect(out).toContain('\nExamples:\n');
    });

    it('names exactly the existing options', async () => {
      const { complaints } = await runCommand([name, '--no-such-option']);
      const known = complaints[0]?.split('known options: ')[1]?.split(', ') ?? [];
      const { out } = await runCommand([name, '--help']);
      const body = out.split('\nExamples:\n')[0] ?? '';
      const reported = new Set([...body.matchAll(/--[a-z][a-z-]*/g)].map(([option]) => option));
      expect(known.filter((option) => !reported.has(option) && option !== '--help')).toEqual([]);
      expect([...reported].filter((option) => !known.includes(option))).toEqual([]);
    });
  });

  it.each(['--version', '-v', 'version'])('%s is the version of the package', async (word) => {
    expect(await runCommand([word])).toMatchObject({ exitCode: 0, out: `${packageJson.version}\n` });
  });

  it('is also a command, with and without the name of another one', async () => {
    expect((await runCommand(['help'])).out).toBe((await runCommand(['--help'])).out);
    for (const { name, help } of COMMANDS) {
      expect((await runCommand(['help', name])).out).toBe(help);
      expect((await runCommand(['--help', name])).out).toBe(help);
    }
    expect(await runCommand(['help', 'shout'])).toMatchObject({ exitCode: 2, out: '' });
  });

  it('of emulate has two spaces between its columns', async () => {
    const { out } = await runCommand(['help', 'emulate']);
    const [, list = ''] = out.split('--inspect');
    const rows = list.split('\n').filter((line) => /^ {2}(--)?[a-z]\S*( |$)/.test(line));
    expect(rows.length).toBeGreaterThan(50);
    const columns =
      /^ {2}(?:--[a-z-]+(?: [A-Z]+)? {2,}\S|[A-Za-z]+ {2,}(?:any phase|[a-z, ]+?)(?: {2,}\S|$)|avatarkit-session )/;
    expect(rows.filter((row) => !columns.test(row))).toEqual([]);
  });

  it('fits into 80 columns', async () => {
    const texts = [(await runCommand(['help'])).out, ...COMMANDS.map(({ help }) => help)];
    expect(texts.flatMap((text) => text.split('\n')).filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('wrong input ends with exit code 2 and one line that contains it', () => {
  it.each<[string[], RegExp]>([
    [[], /no command is given; commands: say, doctor, emulate, policy, explain/],
    [['shout'], /unknown command: a string of 5 characters; commands: say/],
    [['--loud'], /unknown option: a string of 6 characters/],
    [['sya'], /unknown command: "sya"; did you mean say\? commands: say/],
    [['doctr'], /unknown command: "doctr"; did you mean doctor\?/],
    [['doctor'], /doctor: no service is named: set AVATARKIT_API_KEY, .* or try --emulator/],
    [
      ['doctor', '--emulator', '--app-id', 'a'],
      /--emulator is for the embedded service, --app-id names a real/,
    ],
    [['doctor', '--timeout', '0'], /--timeout must be a finite number from 1 to \d+, got 0/],
    [['--vresion'], /unknown option: "--vresion"; did you mean version\?/],
    [['help', 'polcy'], /unknown command: "polcy"; did you mean policy\?/],
    [
      ['say', '--fautls', 'demo'],
      /say: unknown option --fautls; did you mean --faults\? --help lists all options$/,
    ],
    [['policy', '--jsn'], /policy: unknown option --jsn; did you mean --json\?/],
    [['policy', 'upstreamEror'], /CODE must be one of .*, got "upstreamEror"; did you mean upstreamError\?/],
    [['policy', '--preset', 'patent'], /--preset must be one of .*, got "patent"; did you mean patient\?/],
    [['emulate', '--log', 'json'], /--log must be one of text, jsonl, got "json"; did you mean jsonl\?/],
    [['say', 'a.wav', 'b.wav'], /say: unexpected argument: a string of 5 characters/],
    [
      ['say', 'a.wav', '--volume', '3'],
      /say: unknown option with a name of 6 characters; known options: .*--faults/,
    ],
    [['say', '--faults'], /say: Option '--faults <value>' argument missing/],
    [['say', 'no-such-file.wav'], /no-such-file\.wav: no such file/],
    [['say', 'test'], /test: this is a directory/],
    [['say', 'package.json'], /package\.json: not a WAV file/],
    [['say', 'a.wav', '--speed', '0'], /--speed must be a finite number from 0\.1 to 1000, got 0/],
    [['say', 'a.wav', '--seed', 'x'], /--seed must be a number, got "x"/],
    [['say', 'a.wav', '--seed', ''], /--seed must be a number, got ""/],
    [['say', 'a.wav', '--faults', 'mayhem'], /--faults: faults must be JSON or one of none, demo/],
    [['say', 'a.wav', '--faults', 'demoo'], /--faults: .*, got "demoo"; did you mean demo\?/],
    [['say', 'a.wav', '--faults', '{"kind":"close"}'], /--faults: faults\[0\]\./],
    [['say', 'a.wav', '--faults', '[{]'], /--faults: faults must be valid JSON/],
    [['say', 'a.wav', '--faults', '@no-such-plan'], /no-such-plan: no such file/],
    [['say', 'a.wav', '--policy', 'package.json'], /package\.json: unknown option retry\.name/],
    [['emulate', 'now'], /emulate: unexpected argument: "now"/],
    [['emulate', '--port', '65536'], /--port must be a whole number from 0 to 65535, got 65536/],
    [
      ['emulate', '--idle-timeout', '0'],
      /--idle-timeout must be a finite number from 1 to \d+ or Infinity, got 0/,
    ],
    [
      ['emulate', '--host', '10.0.0.1'],
      /--host must be one of 127\.0\.0\.1, ::1, localhost, 0\.0\.0\.0, ::, got /,
    ],
    [
      ['emulate', '--host', '0.0.0.0'],
      /--host 0\.0\.0\.0 is reached from outside: list the names that clients call it by in allowedHosts \(--allowed-host NAME\)/,
    ],
    [
      ['emulate', '--pace', 'real-time'],
      /pace must be unpaced, realtime or a number, got .*; did you mean realtime\?/,
    ],
    [
      ['emulate', '--keyframes-per-message', 'x'],
      /--keyframes-per-message must be a number, or a range such as 1-5, got "x"/,
    ],
    [
      ['explain', '--http', '429', '--retry-after', '5h'],
      /--retry-after must be seconds or an HTTP date, got "5h"/,
    ],
    [['emulate', '--log', 'jsonl', '--verbose'], /--verbose means --log text/],
    [['policy', '--json=yes'], /policy: Option '--json' does not take an argument/],
    [['policy', '--file', 'README-that-is-not-there'], /README-that-is-not-there: no such file/],
    [
      ['explain'],
      /nothing to explain; give FILE, or - for standard input, with a logged error, or one of --close, --http/,
    ],
    [['explain', '--close', '4001', '--http', '429'], /--close and --http exclude each other/],
    [['explain', '--http', '429', '--text', 'x'], /--text means nothing beside --http/],
    [
      ['explain', '--close', '1006', '--phase', 'websocket_runtme'],
      /--phase must be one of .*; did you mean websocket_runtime\?/,
    ],
    [
      ['explain', '--close', '4001', '--phase', 'session_token'],
      /--close can't happen in phase session_token/,
    ],
    [
      ['explain', '--close', '4001', '--phase', 'later'],
      /--phase must be one of session_token, .*, got a string of 5 characters/,
    ],
    [
      ['explain', '--http', '429', '--header', 'nonsense'],
      /--header must look like "Name: value", got a string of 8 characters/,
    ],
    [['explain', '--close', '99'], /--close must be a whole number from 1000 to 4999, got 99/],
  ])('%j', async (args, message) => {
    const { exitCode, out, complaints } = await runCommand(args);
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect(complaints[0]).toMatch(/^avatarkit-session: [^\n]*$/);
    expect(out).toBe('');
    expect(exitCode).toBe(2);
  });

  it('an API key as an option is refused without being shown', async () => {
    const { exitCode, complaints } = await runCommand(['say', 'a.wav', '--api-key=sk-12345678']);
    expect(exitCode).toBe(2);
    expect(complaints.join()).toContain('the API key is read from AVATARKIT_API_KEY');
    expect(complaints.join()).not.toContain('sk-12345678');
  });
});
