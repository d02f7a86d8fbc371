/**
 * `doctor`: checks one session from its addresses to its end, step by step, against a real service or the embedded one, and reports for
 * each step the result, the duration, the problem and its remedy. The session is an ordinary one; this file checks only what precedes and
 * accompanies it.
 */
import { nodeHttpPost } from '../adapters/node/node-http-post.js';
import { regionEndpoints } from '../client/options/endpoint-fields.js';
import { MAX_TIMER_MS } from '../core/option/option-check.js';
import { AvatarEmulator } from '../emulator/index.js';
import { AvatarSDKError, createWsTransport, newAvatarSession } from '../index.js';
import type { AvatarSession, AvatarSessionOptions, HttpAnswer } from '../index.js';
import { asInput, InputError, parseNumber, parseOptions, requirePositionals } from './command.js';
import type { Command, ExitCode } from './command.js';
import { PLAN_NAMES, readFaults, resolveServiceTarget, TARGET_OPTIONS } from './command-choices.js';
import { clockProblem, DoctorReport, unusedProxy } from './doctor-report.js';
import { endpointOf, findAddresses, tryEndpoint } from './endpoint-checks.js';
import type { Endpoint, EndpointFacts } from './endpoint-checks.js';
import type { Terminal } from './terminal.js';

const DOCTOR_HELP = `avatarkit-session doctor [options]

Goes through one session and says of each step whether it worked and how long
it took: the addresses of both endpoints (DNS), connections to them (TLS, the
end of the certificate), a session token, the clock of this machine against
that of the service, the upgrade, the handshake, 200 ms of silence as speech,
and the close. Says what is wrong, with the code, and what to do.

  --emulator       the embedded service, in place of a real one
  --faults PLAN    the same with faults, one of
                   ${PLAN_NAMES},
                   or JSON (one fault or a list of them), or @FILE with either
  --timeout MS     limit of each step (default 10000)
  --json           the same as JSON

A real service, by options or variables:
  --app-id ID          AVATARKIT_APP_ID
  --avatar-id ID       AVATARKIT_AVATAR_ID
  --region NAME        AVATARKIT_REGION (default us-west)
  --console-url URL    AVATARKIT_CONSOLE_URL (instead of a region)
  --ingress-url URL    AVATARKIT_INGRESS_URL (instead of a region)
  The API key is read from AVATARKIT_API_KEY only, as options show in lists of
  processes. It is never shown, nor is a token.

Exit code 0: all steps passed; 1: a step failed; 2: wrong input; 130: Ctrl-C.

Examples:
  avatarkit-session doctor --emulator
  AVATARKIT_API_KEY=... avatarkit-session doctor --app-id app_1 --avatar-id av_1
  avatarkit-session doctor --emulator --json --timeout 3000
  avatarkit-session doctor --faults '{"kind":"hang","phase":"handshake"}'
`;

const DEFAULT_REGION = 'us-west';
const DEFAULT_TIMEOUT_MS = 10_000;
const SAMPLE_RATE_HZ = 16_000;
/** 200 ms of 16-bit samples. */
const SILENCE = new Uint8Array(2 * 0.2 * SAMPLE_RATE_HZ);

export const DOCTOR_COMMAND: Command = {
  name: 'doctor',
  summary: 'check an account, its endpoints and one session, step by step',
  help: DOCTOR_HELP,
  async run(args, terminal) {
    const { values, positionals } = parseOptions('doctor', args, {
      ...TARGET_OPTIONS,
      emulator: { type: 'boolean' },
      faults: { type: 'string' },
      timeout: { type: 'string' },
      json: { type: 'boolean' },
    });
    requirePositionals('doctor', positionals, []);
    const timeoutMs =
      parseNumber('--timeout', values.timeout, { min: 1, max: MAX_TIMER_MS }) ?? DEFAULT_TIMEOUT_MS;
    const faults = values.faults === undefined ? [] : await readFaults(values.faults);
    const isEmbedded = values.emulator === true || values.faults !== undefined;
    const target = resolveServiceTarget(
      values,
      terminal.env,
      isEmbedded,
      values.faults === undefined ? '--emulator' : '--faults',
    );
    if (!isEmbedded && target.kind === 'embedded') {
      throw new InputError(
        'doctor: no service is named: set AVATARKIT_API_KEY, --app-id and --avatar-id, or try --emulator',
      );
    }
    const stopping = new AbortController();
    const forget = terminal.onStop(() => stopping.abort());
    const report = new DoctorReport(terminal, values.json === true);
    const plan = { timeoutMs, report, terminal, signal: stopping.signal };
    try {
      if (target.kind === 'real') return await examine({ ...plan, service: target.options, about: 'real' });
      const service = await AvatarEmulator.start({ faults });
      try {
        return await examine({ ...plan, service: service.sessionOptions, about: 'embedded' });
      } finally {
        await service.stop();
      }
    } finally {
      forget();
    }
  },
};

interface Examination {
  readonly service: AvatarSessionOptions;
  readonly about: 'real' | 'embedded';
  readonly timeoutMs: number;
  readonly report: DoctorReport;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

async function examine(plan: Examination): Promise<ExitCode> {
  const { report, signal, timeoutMs, about } = plan;
  const watched = watchedSession(plan);
  const { session, endpoints } = watched;
  const stop = (): void => void session.close();
  signal.addEventListener('abort', stop, { once: true });
  report.begin(about, endpoints);
  try {
    const reached: Partial<Record<Endpoint['name'], boolean>> = {};
    for (const endpoint of endpoints) {
      reached[endpoint.name] = await endpointIsReached(endpoint, plan);
    }
    const hasToken = reached.console === true && (await report.step('token', signal, () => session.init()));
    checkClock(watched, report);
    const canDial = hasToken && reached.ingress === true;
    const isOpen = canDial && (await connects(watched, plan));
    if (isOpen) await report.step('speech', signal, () => saySilence(session, timeoutMs));
    if (isOpen) await report.step('close', signal, () => session.close());
  } finally {
    signal.removeEventListener('abort', stop);
    await session.close();
  }
  return report.end(signal.aborted);
}

async function endpointIsReached(endpoint: Endpoint, plan: Examination): Promise<boolean> {
  const { report, signal, terminal } = plan;
  const { name } = endpoint;
  const hasAddress = await report.step(`${name} address`, signal, async () => {
    const addresses = await findAddresses(endpoint, plan);
    return { addresses };
  });
  if (!hasAddress) return false;
  return report.step(`${name} connection`, signal, async (note) => {
    const proxy = unusedProxy(endpoint, terminal.env);
    if (proxy !== undefined) note({ proxy });
    await tryEndpoint(endpoint, plan, (facts) => note(connectionFacts(facts)));
    return {};
  });
}

function connectionFacts({ address, tls, certificateEnd, certificateIssuer }: EndpointFacts): object {
  if (tls === undefined) return { address, tls: 'none' };
  return { address, tls, certificate_end: certificateEnd?.toISOString(), issuer: certificateIssuer };
}

interface WatchedSession {
  readonly session: AvatarSession;
  readonly endpoints: readonly Endpoint[];
  /** The service's clock minus ours, milliseconds; undefined until an answer of the console has had a Date. */
  readonly skewMs: () => number | undefined;
  /** Resolves when the upgrade has succeeded. */
  readonly upgraded: Promise<void>;
}

/**
 * A session that tries each step once. Measures the difference of the clocks, and reports when the upgrade has succeeded.
 *
 * @throws InputError for options that the session refuses
 */
function watchedSession({ service, timeoutMs }: Examination): WatchedSession {
  let skewMs: number | undefined;
  let onUpgrade = (): void => undefined;
  const upgraded = new Promise<void>((resolve) => (onUpgrade = resolve));
  const httpPost: typeof nodeHttpPost = async (request) => {
    const askedAtMs = Date.now();
    const answer = await nodeHttpPost(request);
    skewMs = skewIn(answer, (askedAtMs + Date.now()) / 2);
    return answer;
  };
  const ws = createWsTransport();
  const transport: typeof ws = {
    ...ws,
    dial: async (request, sink) => {
      const connection = await ws.dial(request, sink);
      onUpgrade();
      return connection;
    },
  };
  const { consoleEndpointUrl, ingressEndpointUrl, region } = service;
  const session = asInput(() =>
    newAvatarSession({
      ...service,
      sampleRate: SAMPLE_RATE_HZ,
      retry: 'never',
      timeoutMs,
      silenceTimeoutMs: timeoutMs,
      httpPost,
      transport,
    }),
  );
  const regional = regionEndpoints(region ?? DEFAULT_REGION);
  const endpoints = [
    endpointOf('console', consoleEndpointUrl ?? regional.consoleEndpointUrl),
    endpointOf('ingress', ingressEndpointUrl ?? regional.ingressEndpointUrl),
  ];
  return { session, endpoints, skewMs: () => skewMs, upgraded };
}

/** A date has whole seconds, so the middle of the second is taken. */
function skewIn({ headers }: HttpAnswer, atMs: number): number | undefined {
  const dateMs = Date.parse(headers['date'] ?? '');
  return Number.isNaN(dateMs) ? undefined : Math.round(dateMs + 500 - atMs);
}

function checkClock({ skewMs }: WatchedSession, report: DoctorReport): void {
  const foundMs = skewMs();
  if (foundMs !== undefined) report.clock(foundMs, clockProblem(foundMs));
}

/** Runs the upgrade and the handshake, two steps of one call. */
async function connects({ session, upgraded }: WatchedSession, plan: Examination): Promise<boolean> {
  const { report, signal } = plan;
  const started = session.start();
  started.catch(() => undefined);
  const isUpgraded = await report.step('upgrade', signal, () =>
    Promise.race([upgraded, started.then(() => undefined)]),
  );
  if (!isUpgraded) return false;
  return report.step('handshake', signal, async () => ({ connection_id: await started }));
}

async function saySilence(session: AvatarSession, timeoutMs: number): Promise<object> {
  const startedAtMs = performance.now();
  const utterance = session.speak(SILENCE, { recovery: 'fail' });
  let firstFrameMs: number | undefined;
  for await (const { keyframes } of utterance) {
    if (keyframes.length > 0) firstFrameMs ??= performance.now() - startedAtMs;
  }
  const { keyframes } = await utterance.finished;
  if (firstFrameMs === undefined) {
    throw new AvatarSDKError({
      code: 'upstreamError',
      phase: 'websocket_runtime',
      step: 'receive',
      message: `no frame came within ${timeoutMs} ms`,
    });
  }
  return { first_frame_ms: Math.round(firstFrameMs), keyframes };
}
