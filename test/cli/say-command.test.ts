import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
/** Every connection is closed as soon as it is confirmed. */
const FLAP = { kind: 'close', phase: 'runtime', code: 1012, times: 'always' };

describe('say against the embedded service', () => {
  it('ends with the account of the keyframes, and nothing else after it', async () => {
    const { exitCode, lines, complaints } = await runCommand(fast());
    expect(lines.at(-1)).toBe('keyframes 50/50 · lost 0 · duplicated 0 · reconnects 0 · open sockets 0');
    expect(complaints).toEqual([]);
    expect(exitCode).toBe(0);
  });

  it('survives a cut in mid-sentence and says each step: phase, code, attempt, delay, why', async () => {
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

  it('ends with exit code 1, the code, the phase and what to do when the session gives up', async () => {
    const { exitCode, lines, complaints } = await runCommand(fast('--faults', JSON.stringify(FLAP)));
    expect(exitCode).toBe(1);
    expect(complaints).toEqual([
      expect.stringMatching(/^avatarkit-session: connectionClosed in websocket_runtime: /),
      '  given up because: attempts',
      expect.stringMatching(/^ {2}what to do: Nothing to do: the service restarted/),
    ]);
    expect(lines.at(-1)).toMatch(
      /^keyframes \d+\/50 · lost [1-9]\d* · duplicated 0 · reconnects 2 · open sockets 0$/,
    );
  });

  it('closes the session when it is told to stop, and listens no more', async () => {
    const terminal = fakeTerminal();
    const running = run(['say', wav], terminal);
    await expect.poll(() => terminal.out, { timeout: 5_000 }).toContain('confirmed');
    terminal.stop();
    expect(await running).toBe(1);
    expect(terminal.lines.at(-1)).toContain('open sockets 0');
    expect(terminal.listeners).toBe(0);
  });

  it('draws a live line and colours on a terminal, and no control character elsewhere', async () => {
    const live = fakeTerminal({ liveColumns: 60 });
    expect(await run(fast('--speed', '10'), live)).toBe(0);
    expect(live.out).toContain('\r\u001B[2K█');
    expect(live.out).toContain('\u001B[32m');
    const bars = [...live.out.matchAll(/\r\u001B\[2K([█░][^\r\n]*)/g)].map(([, bar]) => bar ?? '');
    expect(Math.max(...bars.map((bar) => bar.length))).toBeLessThan(60);
    expect(bars.at(-1)).toMatch(/^█{30} keyframes 50\/50/);
    expect(live.lines.at(-1)).toMatch(/\r\u001B\[2Kkeyframes 50\/50 · lost 0/);

    const { out } = await runCommand(fast());
    expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('say against a real service', () => {
  it('takes the key from the environment and accounts by the length of the audio', async () => {
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

  it('that can not be reached: the code, the phase, what to do, exit code 1', async () => {
    // A port that was free a moment ago.
    const gone = await AvatarEmulator.start();
    await gone.stop();
    const { exitCode, complaints } = await runCommand(
      fast('--app-id', 'a', '--avatar-id', 'b', '--console-url', gone.consoleEndpointUrl),
      { AVATARKIT_API_KEY: 'sk-secret-key' },
    );
    expect(exitCode).toBe(1);
    expect(complaints).toEqual([
      expect.stringMatching(/^avatarkit-session: connectionFailed in session_token: .*ECONNREFUSED/),
      '  given up because: attempts',
      expect.stringMatching(/^ {2}what to do: Check consoleEndpointUrl/),
    ]);
  });

  it.each([
    ['--console-url', 'ftp://example.test', /consoleEndpointUrl must be a URL with http:, https:/],
    ['--region', 'US West', /region must be lower-case words/],
    ['--region', 'auto', /region "auto" is not supported yet: name a region such as us-west/],
  ])('%s %s is refused before anything is dialled', async (option, value, message) => {
    const args = fast('--app-id', 'a', '--avatar-id', 'b', option, value);
    const { exitCode, complaints } = await runCommand(args, { AVATARKIT_API_KEY: 'sk-secret-key' });
    expect(exitCode).toBe(2);
    expect(complaints).toEqual([expect.stringMatching(message)]);
  });

  it('in the region "auto" of the environment is refused by name, and asks nothing of the network', async () => {
    const { exitCode, complaints } = await runCommand(fast('--app-id', 'a', '--avatar-id', 'b'), {
      AVATARKIT_API_KEY: 'sk-secret-key',
      AVATARKIT_REGION: 'auto',
    });
    expect(exitCode).toBe(2);
    expect(complaints).toEqual([
      'avatarkit-session: region "auto" is not supported yet: name a region such as us-west, ap-northeast, cn-beijing',
    ]);
  });
});
