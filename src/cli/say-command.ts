/**
 * `say FILE.wav`: streams a WAV through one session, against the embedded service or a real one. The last
 * line counts the keyframes. Decides the exit code; the session runs in speak-once.ts. test/cli/run.test.ts
 * compares the help with the accepted options.
 */
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeWav, MAX_WAV_BYTES } from '../audio/decode-wav.js';
import type { WavAudio } from '../audio/decode-wav.js';
import { PCM_SAMPLE_RATES_HZ } from '../core/utterance/sample-aligner.js';
import { animate, animateFrom, AvatarEmulator } from '../emulator/index.js';
import { createSeededRandom } from '../index.js';
import type { AvatarSessionBaseOptions, AvatarSessionOptions } from '../index.js';
import { asInput, ExitCode, parseNumber, parseOptions, requirePositionals } from './command.js';
import type { Command } from './command.js';
import {
  followLog,
  PLAN_NAMES,
  readFaults,
  resolveServiceTarget,
  TARGET_OPTIONS,
  readPolicyFile,
} from './command-choices.js';
import { createIndexAccount, createExactAccount } from './keyframe-account.js';
import type { KeyframeAccount } from './keyframe-account.js';
import { faultLine, speakOnce, teller } from './speak-once.js';
import { failureReport, secondsText, LiveScreen } from './terminal.js';
import { readInputFile } from './named-files.js';
import type { SpeechResult } from './speak-once.js';
import type { Terminal } from './terminal.js';

const SAY_HELP = `avatarkit-session say FILE.wav [options]

Streams the speech in FILE.wav (mono or stereo, 8 to 32 bits or float) through one session at the pace of a microphone, shows every event of
the session, and ends with one line:

  keyframes N/N · lost 0 · duplicated 0 · reconnects R · open sockets 0

Without any option or variable that names a real service, an embedded one is started, and every keyframe is compared with
the expected one.

  --faults PLAN    faults of the embedded service: ${PLAN_NAMES},
                   or JSON (one fault or a list of them), or @FILE with either in it
  --seed N         of the embedded service's choices and the session's jitter (default 1; a real service: random jitter)
  --speed X        pace of the speech, 1 is real time (default), 0.1 to 1000
  --policy FILE    retry policy, JSON of the session's option "retry"; see: policy --help
                   (default: the session's own; with a real service at most 5 attempts per outage)

A real service, by options or variables:
  --app-id ID          AVATARKIT_APP_ID
  --avatar-id ID       AVATARKIT_AVATAR_ID
  --region NAME        AVATARKIT_REGION (default us-west)
  --console-url URL    AVATARKIT_CONSOLE_URL (instead of a region)
  --ingress-url URL    AVATARKIT_INGRESS_URL (instead of a region)
  The API key is read from AVATARKIT_API_KEY only, as options show in lists of processes.
  N/N is then the keyframes received, and the number for 25 keyframes per second of audio.

Ctrl-C closes the session before the program ends.

Examples:
  avatarkit-session say examples/audio/speech.wav
  avatarkit-session say examples/audio/speech.wav --faults demo --seed 1
  avatarkit-session say speech.wav --faults '{"kind":"close","phase":"runtime","code":4503,"afterKeyframes":100}'
  AVATARKIT_API_KEY=... avatarkit-session say speech.wav --app-id app_1 --avatar-id avatar_1 --region us-west
`;

const DEFAULT_SEED = 1;
/** A user waits at the terminal: a wrong URL must be reported after seconds, not after two minutes. */
const ATTEMPTS_WITH_REAL_SERVICE = 5;
/** How long the embedded service may take to notice that the last socket is closed, milliseconds. */
const SOCKETS_CLOSED_WITHIN_MS = 2_000;
const SOCKETS_CHECK_MS = 5;

interface SayPlan {
  readonly audio: WavAudio;
  readonly speed: number;
  /** What the two kinds of service have in common. */
  readonly session: Pick<AvatarSessionBaseOptions, 'sampleRate' | 'random' | 'retry'>;
  readonly screen: LiveScreen;
  readonly signal: AbortSignal;
}

type Outcome = SpeechResult & { readonly openSockets: number };

export const SAY_COMMAND: Command = {
  name: 'say',
  summary: 'stream a WAV file through a session and account for every keyframe',
  help: SAY_HELP,
  async run(args, terminal) {
    const { values, positionals } = parseOptions('say', args, {
      ...TARGET_OPTIONS,
      faults: { type: 'string' },
      seed: { type: 'string' },
      speed: { type: 'string' },
      policy: { type: 'string' },
    });
    const [path = ''] = requirePositionals('say', positionals, ['FILE.wav']);
    const seed = parseNumber('--seed', values.seed, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
    const speed = parseNumber('--speed', values.speed, { min: 0.1, max: 1_000 }) ?? 1;
    const faults = values.faults === undefined ? [] : await readFaults(values.faults);
    const target = resolveServiceTarget(values, terminal.env, values.faults !== undefined);
    const retry = values.policy === undefined ? undefined : (await readPolicyFile(values.policy)).options;
    const bytes = await readInputFile(path, MAX_WAV_BYTES);
    const audio = asInput(() => sendableWav(bytes), path);

    const screen = new LiveScreen(terminal);
    const stopping = new AbortController();
    const forget = terminal.onStop(() => stopping.abort());
    const { signal } = stopping;
    const random = seed === undefined ? undefined : createSeededRandom(seed);
    try {
      const plan = { audio, speed, screen, signal };
      const { sampleRateHz: sampleRate, durationMs } = audio;
      screen.line(`${basename(path)}: ${secondsText(durationMs)} of speech, ${sampleRate} Hz`);
      if (target.kind === 'real') {
        const session = {
          ...target.options,
          sampleRate,
          random,
          retry: retry ?? { maxAttempts: ATTEMPTS_WITH_REAL_SERVICE },
        };
        return conclude(await sayToRealService({ ...plan, session }), terminal);
      }
      screen.line(`embedded service, faults: ${values.faults ?? 'none'}, seed ${seed ?? DEFAULT_SEED}`);
      // Also without --seed the demonstration is the same each time.
      const session = { sampleRate, retry, random: random ?? createSeededRandom(DEFAULT_SEED) };
      const service = await AvatarEmulator.start({ seed: seed ?? DEFAULT_SEED, faults });
      try {
        return conclude(await sayToEmbeddedService({ ...plan, session }, service), terminal);
      } finally {
        await service.stop();
      }
    } finally {
      forget();
    }
  },
};

/** The command sends a file at its own rate. */
function sendableWav(bytes: Uint8Array): WavAudio {
  const audio = decodeWav(bytes);
  if (PCM_SAMPLE_RATES_HZ.includes(audio.sampleRateHz)) return audio;
  const taken = PCM_SAMPLE_RATES_HZ.join(', ');
  throw new RangeError(
    `the WAV file has ${audio.sampleRateHz} Hz, the service takes ${taken}; resample it first`,
  );
}

async function sayToEmbeddedService(plan: SayPlan, service: AvatarEmulator): Promise<Outcome> {
  const { audio, screen } = plan;
  const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
  const session = { ...plan.session, ...credentials, consoleEndpointUrl, ingressEndpointUrl };
  const tell = teller(screen);
  void followLog(service, (entry) => {
    if (entry.event === 'faultFired') tell(faultLine(entry));
  });
  const { pcm, sampleRateHz } = audio;
  const account = createExactAccount(animate(pcm, sampleRateHz), (start) =>
    animateFrom(pcm, sampleRateHz, start),
  );
  const result = await speakOnce({ ...plan, session, account, tell });
  await socketsClosed(service);
  return { ...result, openSockets: Math.max(result.openSockets, service.openSockets) };
}

/** Waits for the last socket to close; at the time limit, the last line counts the open ones. */
async function socketsClosed(service: AvatarEmulator): Promise<void> {
  const untilMs = performance.now() + SOCKETS_CLOSED_WITHIN_MS;
  while (service.openSockets > 0 && performance.now() < untilMs) await sleep(SOCKETS_CHECK_MS);
}

function sayToRealService(plan: SayPlan & { readonly session: AvatarSessionOptions }): Promise<Outcome> {
  const account: KeyframeAccount = createIndexAccount(plan.audio.durationMs);
  return speakOnce({ ...plan, account, tell: teller(plan.screen) });
}

/** Writes the last lines; returns the exit code. */
function conclude(outcome: Outcome, terminal: Terminal): ExitCode {
  const { tally, reconnects, openSockets, failure } = outcome;
  const { received, expected, lost, duplicated, wrong } = tally;
  if (failure !== undefined) for (const line of failureReport(failure)) terminal.complain(line);
  if (wrong > 0) terminal.complain(`avatarkit-session: ${wrong} keyframes were wrong or out of order`);
  terminal.write(
    `keyframes ${received}/${expected} · lost ${lost} · duplicated ${duplicated} · reconnects ${reconnects} · open sockets ${openSockets}\n`,
  );
  const flawless = failure === undefined && lost + duplicated + wrong + openSockets === 0;
  return flawless ? ExitCode.fine : ExitCode.failed;
}
