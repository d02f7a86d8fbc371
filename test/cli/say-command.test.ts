import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { run } from '../../src/cli/run.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { fakeTerminal, runCommand } from './fake-terminal.js';
import { wavBytes } from '../audio/wav-bytes.js';

let folder: string;
let wav: string;
let policy: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'say-'));
  wav = join(folder, 'two-seconds.wav');
  policy = join(folder, 'policy.json');
  await writeFile(wav, wavBytes({ pcm: Uint8Array.from({ length: 64_000 }, (_, at) => at % 256) }));
  await writeFile(policy, '{"maxAttempts":3,"backoff":{"baseMs":10,"minIntervalMs":0}}');
});
afterEach(() => rm(folder, { recursive: true }));

const fast = (...args: string[]): string[] => ['say', wav, '--speed', '100', '--policy', policy, ...args];
const CUT = { kind: 'reset', phase: 'runtime', nth: 1, afterKeyframes: 20 };
/** Closes every connection as soon as it is confirmed. */
const FLAP = { kind: 'close', phase: 'runtime', code: 1012, times: 'always' };

describe('say against the embedded service', () => {
  it('prints the account of the keyframes as its last line', async () => {
    const { exitCode, lines, complaints } = await runCommand(fast());
    expect(lines.at(-1)).toBe('keyframes 50/50 · lost 0 · duplicated 0 · reconnects 0 · open sockets 0');
    expect(complaints).toEqual([]);
    expect(exitCode).toBe(0);
  });

  it('survives a cut in mid-sentence and reports each step: phase, code, attempt, delay, reason', async () => {
    const { exitCode, out, lines } = await runCommand(fast('--faults', JSON.stringify(CUT)));
    expect(lines.at(-1)).toBe('keyframes 50/50 · lost 0 · duplicated 0 · reconnects 1 · open sockets 0');
    expect(exitCode).toBe(0);
    expect(out).toMatch(/ s {2}service +fault: reset \(runtime\)$/m);
    expect(out).toMatch(/ s {2}websocket_runtime +connectionClosed at step close: /m);
    expect(out).toMatch(/ s {2}waiting +connectionClosed is retried: attempt 2 of 3, \d+ ms of at most /m);
    expect(out).toMatch(/ s {2}session_token +attempt 2 \(reconnect\): asking for a session token$/m);
    expect(out).toMatch(
      / s {2}websocket_runtime +reconnected .* at attempt 2; unfinished speech is sent again$/m,
    );
  });

  it('reads faults from a file', async () => {
    const plan = join(folder, 'plan.json');
    await writeFile(plan, JSON.stringify([CUT]));
    const { lines } = await runCommand(fast('--faults', `@${plan}`));
    expect(lines.at(-1)).toContain('reconnects 1');
  });

  it('ends with exit code 1, the code, the phase and the remedy when the session fails', async () => {
    const { exitCode, lines, complaints } = await runCommand(fast('--faults', JSON.stringify(FLAP)));
    expect(exitCode).toBe(1);
    expect(complaints).toEqual([
      expect.stringMatching(/^avatarkit-session: connectionClosed in websocket_runtime: /),
      '  given up because: attempts (the limit of attempts)',
      expect.stringMatching(/^ {2}what to do: Nothing to do: the service restarted/),
    ]);
    expect(lines.at(-1)).toMatch(
      /^keyframes \d+\/50 · lost [1-9]\d* · duplicated 0 · reconnects 2 · open sockets 0$/,
    );
  });

  it('closes the session when it gets a signal to stop, and removes its listeners', async () => {
    const terminal = fakeTerminal();
    const running = run(['say', wav], terminal);
    await expect.poll(() => terminal.out, { timeout: 5_000 }).toContain('confirmed');
    terminal.stop();
    expect(await running).toBe(130);
    expect(terminal.complaints).toEqual(['avatarkit-session: interrupted']);
    expect(terminal.lines.at(-1)).toContain('open sockets 0');
    expect(terminal.listeners).toBe(0);
  });

  it('draws a live line and colours on a terminal, and no control character elsewhere', async () => {
    const live = fakeTerminal({ liveColumns: 60 });
    expect(await run(fast('--speed', '10'), live)).toBe(0);
    expect(live.out).toContain('\r\u001B[J█');
    expect(live.out).toContain('\u001B[32m');
    const bars = [...live.out.matchAll(/([█░]+ keyframes[^\r\n]*)/g)].map(([, bar]) => bar ?? '');
    expect(Math.max(...bars.map((bar) => bar.length))).toBeLessThan(60);
    expect(bars.at(-1)).toMatch(/^█+ keyframes 50\/50 · /);
    expect(live.lines.at(-1)).toMatch(/\r\u001B\[Jkeyframes 50\/50 · lost 0/);

    const { out } = await runCommand(fast());
    expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('the audio of say', () => {
  const wavInput = (): Promise<Buffer> => readFile(wav);

  it('is a sample of the package if no file is named', async () => {
    const { exitCode, lines } = await runCommand(['say', '--speed', '100']);
    expect(lines[0]).toBe('the sample speech.wav: 9.1 s of speech, 16000 Hz');
    expect(lines.at(-1)).toMatch(/^keyframes 229\/229 /);
    expect(exitCode).toBe(0);
    expect(packageJson.files).toContain('examples/audio/speech.wav');
  });

  it('is a WAV file on standard input, in pieces of any size', async () => {
    const bytes = await wavInput();
    const input = [bytes.subarray(0, 7), bytes.subarray(7)];
    const { exitCode, lines } = await runCommand(['say', '-', '--speed', '100'], {}, { input });
    expect(lines[0]).toBe('standard input: 2.0 s of speech, 16000 Hz');
    expect(lines.at(-1)).toMatch(/^keyframes 50\/50 /);
    expect(exitCode).toBe(0);
  });

  it('is raw PCM with --sample-rate, without an odd last byte', async () => {
    const input = [new Uint8Array(24_001)];
    const args = ['say', '-', '--sample-rate', '24000', '--speed', '100'];
    const { exitCode, lines } = await runCommand(args, {}, { input });
    expect(lines[0]).toBe('standard input: 0.5 s of speech, 24000 Hz');
    expect(lines.at(-1)).toMatch(/^keyframes 13\/13 /);
    expect(exitCode).toBe(0);
  });

  it.each<[string, string[], readonly Uint8Array[] | undefined, RegExp]>([
    ['a terminal', ['-'], undefined, /standard input is a terminal: send a file into it/],
    ['nothing', ['-'], [], /standard input is empty/],
    ['not a WAV file', ['-'], [new Uint8Array(100)], /standard input: not a WAV file/],
    [
      'at an unsupported rate',
      ['-', '--sample-rate', '11025'],
      [new Uint8Array(100)],
      /the service takes 8000/,
    ],
    ['one byte', ['-', '--sample-rate', '8000'], [new Uint8Array(1)], /standard input: no audio in it/],
    ['a rate without a file', ['--sample-rate', '8000'], undefined, /--sample-rate needs a file of raw PCM/],
  ])('is refused with one line if it is %s', async (_case, args, input, message) => {
    const given = input === undefined ? {} : { input };
    const { exitCode, complaints, out } = await runCommand(['say', ...args], {}, given);
    expect(complaints).toEqual([expect.stringMatching(message)]);
    expect(out).toBe('');
    expect(exitCode).toBe(2);
  });

  it('has the rate of the WAV file', async () => {
    const input = [await wavInput()];
    const { complaints } = await runCommand(['say', '-', '--sample-rate', '8000'], {}, { input });
    expect(complaints).toEqual([
      'avatarkit-session: standard input: this is a WAV file with 16000 Hz: leave --sample-rate out',
    ]);
  });
});

describe('say for programs', () => {
  const parsed = (lines: readonly string[]): Record<string, unknown>[] =>
    lines.map((line) => JSON.parse(line) as Record<string, unknown>);

  it('writes one JSON object per event with --json, the summary last', async () => {
    const { exitCode, lines, complaints } = await runCommand(fast('--faults', JSON.stringify(CUT), '--json'));
    const events = parsed(lines);
    expect(events[0]).toMatchObject({
      event: 'begin',
      source: 'two-seconds.wav',
      duration_ms: 2_000,
      sample_rate_hz: 16_000,
      service: 'embedded',
      seed: 1,
    });
    expect(events.map(({ event, to }) => to ?? event)).toEqual([
      'begin',
      'session_token',
      'websocket_connect',
      'websocket_runtime',
      'fault',
      'error',
      'waiting',
      'retry',
      'session_token',
      'websocket_connect',
      'websocket_runtime',
      'reconnect',
      'closing',
      'closed',
      'summary',
    ]);
    expect(events.find(({ event }) => event === 'error')).toMatchObject({
      error: { code: 'connectionClosed', close_code: 1006, will_retry: true },
    });
    expect(events.find(({ event }) => event === 'reconnect')).toMatchObject({ attempts: 2 });
    expect(events.at(-1)).toEqual({
      event: 'summary',
      keyframes: { received: 50, expected: 50, lost: 0, duplicated: 0, wrong: 0 },
      reconnects: 1,
      open_sockets: 0,
      exit_code: 0,
    });
    expect(complaints).toEqual([]);
    expect(exitCode).toBe(0);
  });

  it('has the error of a failed session in the summary', async () => {
    const { exitCode, lines } = await runCommand(fast('--faults', JSON.stringify(FLAP), '--json'));
    expect(parsed(lines).at(-1)).toMatchObject({
      event: 'summary',
      exit_code: 1,
      error: { code: 'connectionClosed', reason: 'attempts', close_code: 1012 },
    });
    expect(exitCode).toBe(1);
  });

  it('writes only the last line with --quiet, as JSON with both', async () => {
    const quiet = await runCommand(fast('--quiet'));
    expect(quiet.lines).toEqual([expect.stringMatching(/^keyframes 50\/50 /)]);
    const both = await runCommand(fast('--quiet', '--json'));
    expect(parsed(both.lines)).toEqual([expect.objectContaining({ event: 'summary' })]);
  });
});

describe('say against a real service', () => {
  it('reads the key from the environment, and counts keyframes by the length of the audio', async () => {
    const service = await AvatarEmulator.start();
    try {
      const { apiKey, appId, avatarId } = service.credentials;
      const { exitCode, out, lines } = await runCommand(
        fast('--app-id', appId, '--avatar-id', avatarId, '--console-url', service.consoleEndpointUrl),
        { AVATARKIT_API_KEY: apiKey, AVATARKIT_INGRESS_URL: service.ingressEndpointUrl },
      );
      expect(lines.at(-1)).toBe('keyframes 50/50 · lost 0 · duplicated 0 · reconnects 0 · open sockets 0');
      expect(exitCode).toBe(0);
      expect(out).not.toContain(apiKey);
      expect(out).not.toContain('embedded');
    } finally {
      await service.stop();
    }
  });

  it('that can not be reached: the code, the phase, the remedy, exit code 1', async () => {
    // The port of a service that has just been stopped.
    const gone = await AvatarEmulator.start();
    await gone.stop();
    const { exitCode, complaints } = await runCommand(
      fast('--app-id', 'a', '--avatar-id', 'b', '--console-url', gone.consoleEndpointUrl),
      { AVATARKIT_API_KEY: 'sk-secret-key' },
    );
    expect(exitCode).toBe(1);
    expect(complaints).toEqual([
      expect.stringMatching(/^avatarkit-session: connectionFailed in session_token: .*ECONNREFUSED/),
      '  given up because: attempts (the limit of attempts)',
      expect.stringMatching(/^ {2}what to do: Check consoleEndpointUrl/),
    ]);
  });

  it.each([
    ['--console-url', 'ftp://example.test', /consoleEndpointUrl must be a URL with http:, https:/],
    ['--region', 'US West', /region must be lower-case words/],
  ])('%s %s is refused before any dial', async (option, value, message) => {
    const args = fast('--app-id', 'a', '--avatar-id', 'b', option, value);
    const { exitCode, complaints } = await runCommand(args, { AVATARKIT_API_KEY: 'sk-secret-key' });
    expect(exitCode).toBe(2);
    expect(complaints).toEqual([expect.stringMatching(message)]);
  });
});
