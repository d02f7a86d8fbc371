/** The output of `doctor`: one line per step as it ends, with the problem and its remedy; or everything as JSON at the end. */
import { AvatarSDKError } from '../index.js';
import { ExitCode } from './command.js';
import type { Endpoint } from './endpoint-checks.js';
import { LiveScreen } from './terminal.js';
import type { Terminal } from './terminal.js';

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
] as const;
type StepName = (typeof STEPS)[number];

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly remediation: string;
}

interface StepResult {
  readonly step: StepName;
  readonly status: 'ok' | 'failed' | 'skipped';
  /** The duration, milliseconds. */
  readonly ms?: number;
  readonly facts?: object;
  /** The error of the session as JSON, or a problem that is no error of a session. */
  readonly error?: object;
}

/** Tokens are valid for an hour; if a skewed clock sets a wrong expiry, a token is refused, or expires early. */
const MAX_SKEW_MS = 60_000;

/** Undefined if the skew is harmless. */
export function clockProblem(skewMs: number): Problem | undefined {
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return undefined;
  const side = skewMs > 0 ? 'behind' : 'ahead of';
  return {
    code: 'clockSkew',
    message: `the clock of this machine is ${spanText(Math.abs(skewMs))} ${side} that of the service`,
    remediation:
      'Set the clock of this machine (NTP): the times at which tokens expire are wrong, and the service may refuse them.',
  };
}

const UNITS = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
] as const;

/** In the largest unit that fits at least twice. */
function spanText(ms: number): string {
  const [unit, unitMs] = UNITS.find(([, each]) => ms >= 2 * each) ?? ['s', 1_000];
  return `${Math.round(ms / unitMs)} ${unit}`;
}

const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'];

/**
 * The variable that names a proxy, which a session without the option `agent` does not use. Without its value, which may contain a
 * password.
 */
export function unusedProxy({ isSecure, host }: Endpoint, env: Terminal['env']): string | undefined {
  const names = PROXY_VARIABLES.filter((name) => isSecure || !/^https/i.test(name));
  const isLocal = host === 'localhost' || host === '::1' || host.startsWith('127.');
  const variable = isLocal ? undefined : names.find((name) => (env[name] ?? '') !== '');
  return variable && `${variable} is set, and not used: a session goes past it without the option agent`;
}

export class DoctorReport {
  readonly #terminal: Terminal;
  readonly #asJson: boolean;
  readonly #screen: LiveScreen;
  readonly #results: StepResult[] = [];
  #service = '';
  #endpoints: readonly Endpoint[] = [];

  constructor(terminal: Terminal, asJson: boolean) {
    this.#terminal = terminal;
    this.#asJson = asJson;
    this.#screen = new LiveScreen(terminal);
  }

  begin(service: 'real' | 'embedded', endpoints: readonly Endpoint[]): void {
    this.#service = service;
    this.#endpoints = endpoints;
    if (this.#asJson) return;
    const hosts = endpoints.map(({ name, host, port }) => `${name} ${host}:${port}`).join(', ');
    this.#screen.line(`${service === 'real' ? 'service' : 'embedded service'}: ${hosts}`);
  }

  /**
   * Runs the step and reports its result; returns false if it failed. `note` adds facts that are also valid after a failure. Rejects only
   * with errors that are no failure of a session.
   */
  async step(
    step: StepName,
    signal: AbortSignal,
    work: (note: (facts: object) => void) => Promise<object | void>,
  ): Promise<boolean> {
    const isStopped = (): boolean => signal.aborted;
    if (isStopped()) return false;
    const startedAtMs = performance.now();
    const facts: Record<string, unknown> = {};
    const note = (more: object): void => void Object.assign(facts, more);
    try {
      note((await work(note)) ?? {});
      if (isStopped()) return false;
      this.#add({ step, status: 'ok', ms: performance.now() - startedAtMs, facts });
      return true;
    } catch (error) {
      if (isStopped()) return false;
      if (!AvatarSDKError.is(error)) throw error;
      this.#add({
        step,
        status: 'failed',
        ms: performance.now() - startedAtMs,
        facts,
        error: error.toJSON(),
      });
      return false;
    }
  }

  /** @param skewMs the service's clock minus ours, exact to half a second */
  clock(skewMs: number, problem: Problem | undefined): void {
    const result = { step: 'clock', facts: { skew_ms: skewMs } } as const;
    if (problem === undefined) this.#add({ ...result, status: 'ok' });
    else this.#add({ ...result, status: 'failed', error: problem });
  }

  end(isInterrupted: boolean): ExitCode {
    const known = new Set(this.#results.map(({ step }) => step));
    for (const step of STEPS) if (!known.has(step)) this.#add({ step, status: 'skipped' });
    const failures = this.#results.filter(({ status }) => status === 'failed');
    const exitCode = isInterrupted
      ? ExitCode.interrupted
      : failures.length === 0
        ? ExitCode.fine
        : ExitCode.failed;
    if (isInterrupted) this.#terminal.complain('avatarkit-session: interrupted');
    if (this.#asJson) this.#writeJson(exitCode);
    else if (!isInterrupted) this.#screen.line(verdict(failures));
    return exitCode;
  }

  #writeJson(exitCode: ExitCode): void {
    const endpoints = this.#endpoints.map(({ name, host, port, isSecure }) => [
      name,
      { host, port, tls: isSecure },
    ]);
    const steps = STEPS.map((name) => this.#results.find(({ step }) => step === name));
    const shown = {
      ok: exitCode === ExitCode.fine,
      exit_code: exitCode,
      service: this.#service,
      endpoints: Object.fromEntries(endpoints) as object,
      steps: steps.map((result) => result && { ...result, ...(result.ms && { ms: rounded(result.ms) }) }),
    };
    this.#terminal.write(`${JSON.stringify(shown, null, 2)}\n`);
  }

  #add(result: StepResult): void {
    this.#results.push(result);
    if (this.#asJson) return;
    const { step, status, ms, facts, error } = result;
    const time = ms === undefined ? '' : `${rounded(ms)} ms`;
    const shown = Object.entries(facts ?? {}).map(([name, value]) => factText(name, value));
    const line = `${status.padEnd(7)}  ${step.padEnd(18)}  ${time.padStart(9)}  ${shown.join(', ')}`;
    this.#screen.line(line.trimEnd(), TONES[status]);
    if (error === undefined) return;
    const { code, message, remediation } = error as Problem;
    for (const text of wrapped(`${code}: ${message}`)) this.#screen.line(text, 'bad');
    for (const text of wrapped(`what to do: ${remediation}`)) this.#screen.line(text);
  }
}

const TONES = { ok: 'good', failed: 'bad', skipped: 'quiet' } as const;

function rounded(ms: number): number {
  return ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms);
}

const DAY_MS = 86_400_000;

function factText(name: string, value: unknown): string {
  const text = String(value);
  switch (name) {
    case 'addresses':
      return (value as readonly string[]).join(', ');
    case 'address':
    case 'proxy':
      return text;
    case 'tls':
      return value === 'none' ? 'no TLS' : text;
    case 'certificate_end': {
      const days = Math.floor((Date.parse(text) - Date.now()) / DAY_MS);
      const when = days < 0 ? `${-days} days ago` : `in ${days} days`;
      return `certificate ends ${text.slice(0, 10)} (${when})`;
    }
    case 'skew_ms':
      return Math.abs(Number(value)) < 1_000
        ? 'equal to that of the service'
        : `${spanText(Math.abs(Number(value)))} off`;
    case 'first_frame_ms':
      return `first frame after ${text} ms`;
    default:
      return `${name.replaceAll('_', ' ')} ${text}`;
  }
}

const INDENT = ' '.repeat(9);
const LINE_CHARACTERS = 80;

/** In lines of at most 80 characters, unless a word is longer. */
function wrapped(text: string): readonly string[] {
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1) ?? '';
    const isFull = line !== '' && INDENT.length + line.length + 1 + word.length > LINE_CHARACTERS;
    if (isFull) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map((line) => `${INDENT}${line}`);
}

function verdict(failures: readonly StepResult[]): string {
  if (failures.length === 0) return 'all steps passed';
  const named = failures.map(({ step, error }) => `${step} (${(error as Problem).code})`);
  return `failed: ${named.join(', ')}`;
}
