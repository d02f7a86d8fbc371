/** The command `doctor`: for each fault, the step that fails, its code and its remedy. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { fakeTerminal, runCommand } from './fake-terminal.js';

interface Step {
  readonly step: string;
  readonly status: 'ok' | 'failed' | 'skipped';
  readonly ms?: number;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: string; readonly message: string; readonly remediation: string };
}

interface Diagnosis {
  readonly ok: boolean;
  readonly exit_code: number;
  readonly service: string;
  readonly steps: readonly Step[];
}

const STEPS = [
  'console address',
  'console connection',
  'ingress address',
  'ingress connection',
  'token',
  'clock',
  'upgrade',
  'handshake',
  'speech',
  'close',
];

async function diagnosed(args: readonly string[], env: Record<string, string> = {}): Promise<Diagnosis> {
  const { exitCode, out, complaints } = await runCommand(['doctor', '--json', ...args], env);
  expect(complaints).toEqual([]);
  const diagnosis = JSON.parse(out) as Diagnosis;
  expect(diagnosis.exit_code).toBe(exitCode);
  expect(diagnosis.steps.map(({ step }) => step)).toEqual(STEPS);
  return diagnosis;
}

const failed = ({ steps }: Diagnosis): readonly Step[] => steps.filter(({ status }) => status === 'failed');

describe('a healthy service', () => {
  it('passes every step, with its time and facts, exit code 0', async () => {
    const { ok, steps, service } = await diagnosed(['--emulator']);
    expect({ ok, service }).toEqual({ ok: true, service: 'embedded' });
    expect(steps.map(({ status }) => status)).toEqual(STEPS.map(() => 'ok'));
    for (const { step, ms } of steps) if (step !== 'clock') expect(ms).toBeGreaterThanOrEqual(0);
    const facts = Object.fromEntries(steps.map((each) => [each.step, each.facts]));
    expect(facts['console address']).toEqual({ addresses: ['127.0.0.1'] });
    expect(facts['ingress connection']).toEqual({ address: '127.0.0.1', tls: 'none' });
    expect(Math.abs(Number(facts['clock']?.['skew_ms']))).toBeLessThan(5_000);
    expect(facts['handshake']).toEqual({ connection_id: expect.stringMatching(/^conn-/) as string });
    expect(facts['speech']).toEqual({ first_frame_ms: expect.any(Number) as number, keyframes: 5 });
  });

  it('is reported in lines that fit into 80 columns', async () => {
    const { exitCode, lines } = await runCommand(['doctor', '--emulator']);
    expect(exitCode).toBe(0);
    expect(lines.at(-1)).toBe('all steps passed');
    expect(lines).toHaveLength(STEPS.length + 2);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});

describe('each failure has its step, its code and its remedy, exit code 1', () => {
  it.each<[what: string, fault: object, step: string, code: string, remedy: RegExp]>([
    [
      'a token that is refused',
      { kind: 'refuse', phase: 'token', status: 401 },
      'token',
      'sessionTokenInvalid',
      /Check the API key/,
    ],
    [
      'a console that fails',
      { kind: 'refuse', phase: 'token', status: 503 },
      'token',
      'upstreamError',
      /Wait for the service|proxy/,
    ],
    [
      'a console that never answers',
      { kind: 'hang', phase: 'token' },
      'token',
      'connectionFailed',
      /raise timeoutMs/,
    ],
    [
      'an upgrade that is refused',
      { kind: 'refuse', phase: 'upgrade', status: 402 },
      'upgrade',
      'billingRequired',
      /./,
    ],
    [
      'an upgrade that is reset',
      { kind: 'reset', phase: 'upgrade' },
      'upgrade',
      'connectionFailed',
      /Check|Wait/,
    ],
    [
      'a handshake without an answer',
      { kind: 'hang', phase: 'handshake' },
      'handshake',
      'connectionFailed',
      /did not confirm the session in time/,
    ],
    [
      'an avatar that is unknown',
      { kind: 'serverError', phase: 'handshake', code: 5, message: 'avatar not found' },
      'handshake',
      'avatarNotFound',
      /Check avatarId/,
    ],
    [
      'a close because of missing credits',
      { kind: 'close', phase: 'runtime', code: 4001 },
      'speech',
      'creditsExhausted',
      /Top up the credits/,
    ],
    [
      'a service without answers',
      { kind: 'deaf', phase: 'runtime' },
      'speech',
      'upstreamError',
      /raise silenceTimeoutMs/,
    ],
  ])('%s', async (_what, fault, step, code, remedy) => {
    const diagnosis = await diagnosed(['--faults', JSON.stringify(fault), '--timeout', '700']);
    expect(diagnosis).toMatchObject({ ok: false, exit_code: 1 });
    expect(failed(diagnosis)).toEqual([
      expect.objectContaining({
        step,
        error: expect.objectContaining({
          code,
          remediation: expect.stringMatching(remedy) as string,
        }) as object,
      }),
    ]);
    const after = diagnosis.steps.slice(STEPS.indexOf(step) + 1).map((each) => each.status);
    expect(after.filter((status) => status === 'failed')).toEqual([]);
  });

  it('a clock that is skewed, even if the service does not report it', async () => {
    const Date_ = new Date(Date.now() + 3 * 3_600_000).toUTCString();
    const fault = { kind: 'refuse', phase: 'token', status: 400, headers: { Date: Date_ } };
    const [token, clock] = failed(await diagnosed(['--faults', JSON.stringify(fault)]));
    expect(token?.step).toBe('token');
    expect(clock).toMatchObject({
      step: 'clock',
      error: {
        code: 'clockSkew',
        message: 'the clock of this machine is 3 hours behind that of the service',
        remediation: expect.stringMatching(/NTP/) as string,
      },
    });
  });

  const REAL = ['--app-id', 'a', '--avatar-id', 'b'];
  const KEY = { AVATARKIT_API_KEY: 'sk_live_4f9a8b7c6d5e' };

  it('a host without a listener, and one without an address', async () => {
    const gone = await AvatarEmulator.start();
    await gone.stop();
    const urls = ['--console-url', gone.consoleEndpointUrl, '--ingress-url', 'ws://no-such-host.invalid/v2'];
    const diagnosis = await diagnosed([...REAL, ...urls], KEY);
    expect(failed(diagnosis)).toEqual([
      expect.objectContaining({
        step: 'console connection',
        error: expect.objectContaining({
          code: 'connectionFailed',
          remediation: expect.stringMatching(/nothing listens there/) as string,
        }) as object,
      }),
      expect.objectContaining({
        step: 'ingress address',
        error: expect.objectContaining({ code: 'connectionFailed', phase: 'websocket_connect' }) as object,
      }),
    ]);
    expect(diagnosis.steps.filter(({ status }) => status === 'skipped').length).toBe(7);
  });

  it('shows no key, no token and no password of a proxy for any failure', async () => {
    const fault = {
      kind: 'refuse',
      phase: 'token',
      status: 403,
      body: JSON.stringify({ message: 'no sk_live_4f9a8b7c6d5e' }),
    };
    await using service = await AvatarEmulator.start({
      faults: [{ ...fault, kind: 'refuse', phase: 'token' }],
      apps: [{ appId: 'a', apiKey: KEY.AVATARKIT_API_KEY }],
    });
    const urls = [
      '--console-url',
      service.consoleEndpointUrl,
      '--ingress-url',
      'wss://user:pa55w0rd@no-such-host.invalid/v2',
    ];
    const env = { ...KEY, HTTPS_PROXY: 'http://user:pa55w0rd@proxy.test:3128' };
    for (const json of [[], ['--json']]) {
      const { out, complaints, exitCode } = await runCommand(['doctor', ...REAL, ...urls, ...json], env);
      expect(exitCode).not.toBe(0);
      for (const secret of ['4f9a8b7c6d5e', 'pa55w0rd'])
        expect([out, ...complaints].join()).not.toContain(secret);
    }
  });
});

describe('TLS', () => {
  const FIXTURES = join(import.meta.dirname, '../support/tls');
  const pem = (name: string): string => readFileSync(join(FIXTURES, `${name}.pem`), 'utf8');
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  async function behind(certificate: string): Promise<{ args: string[]; env: Record<string, string> }> {
    const service = await AvatarEmulator.start();
    const targetPort = Number(new URL(service.consoleEndpointUrl).port);
    const tls = { cert: pem(certificate), key: pem(`${certificate}-key`) };
    const front = await FaultProxy.start({ targetPort, tls });
    stops.push(
      () => front.stop(),
      () => service.stop(),
    );
    const secured = (address: string): string => {
      const url = new URL(address.replace(/^(http|ws):/, '$1s:'));
      url.port = String(front.port);
      return url.href;
    };
    const { appId, avatarId, apiKey } = service.credentials;
    const urls = [
      ...['--console-url', secured(service.consoleEndpointUrl)],
      ...['--ingress-url', secured(service.ingressEndpointUrl)],
    ];
    return {
      args: [...urls, '--app-id', appId, '--avatar-id', avatarId],
      env: { AVATARKIT_API_KEY: apiKey },
    };
  }

  it.each([
    ['self-signed', '2120-01-01T00:00:00.000Z'],
    ['expired', '2001-01-02T00:00:00.000Z'],
  ])('of a certificate that is %s: its problem, and the failure of both connections', async (name, end) => {
    const { args, env } = await behind(name);
    const diagnosis = await diagnosed(args, env);
    const [consoleFailure, ingressFailure, ...others] = failed(diagnosis);
    expect(others).toEqual([]);
    for (const failure of [consoleFailure, ingressFailure]) {
      expect(failure).toMatchObject({
        facts: { address: '127.0.0.1', tls: 'TLSv1.3', certificate_end: end },
        error: { code: 'connectionFailed', remediation: expect.stringMatching(/certificate/i) as string },
      });
    }
  });

  it('that is trusted: the version, the end of the certificate, and success', async () => {
    const { args, env } = await behind('good');
    const { stdout } = await promisify(execFile)(process.execPath, ['dist/cli/main.js', 'doctor', ...args], {
      cwd: join(import.meta.dirname, '../..'),
      env: { ...process.env, ...env, NODE_EXTRA_CA_CERTS: join(FIXTURES, 'ca.pem') },
      timeout: 25_000,
    });
    expect(stdout).toMatch(
      /^ok +console connection .* 127\.0\.0\.1, TLSv1\.3, certificate ends 2120-01-01 \(in \d+ days\)/m,
    );
    expect(stdout).toMatch(/\nall steps passed\n$/);
  });
});

describe('limits', () => {
  it('are kept by each step', async () => {
    const startedAtMs = performance.now();
    await diagnosed(['--faults', '{"kind":"hang","phase":"token"}', '--timeout', '300']);
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  });

  it('do not delay Ctrl-C: the command ends at once, with 130', async () => {
    const terminal = fakeTerminal();
    const running = run(['doctor', '--faults', '{"kind":"hang","phase":"handshake"}'], terminal);
    await expect.poll(() => terminal.out, { timeout: 5_000 }).toMatch(/ok +upgrade/);
    terminal.stop();
    expect(await running).toBe(130);
    expect(terminal.complaints).toEqual(['avatarkit-session: interrupted']);
    expect(terminal.listeners).toBe(0);
  });
});
