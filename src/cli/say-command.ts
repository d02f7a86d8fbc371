/**
 * `say FILE.wav`: streams a WAV through one session, against the embedded service or a real one. The last
 * line counts the keyframes. Decides the exit code; the session runs in speak-once.ts. test/cli/run.test.ts
 * compares the help with the accepted options.
 */
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { decodeWav, MAX_WAV_BYTES } from '../audio/decode-wav.js';
import type { WavAudio } from '../audio/decode-wav.js';
import { shownNumber } from '../core/option/shown-value.js';
import { PCM_SAMPLE_RATES_HZ } from '../core/utterance/sample-aligner.js';
import { animate, animateFrom, AvatarEmulator } from '../emulator/index.js';
import { AvatarSDKError, createSeededRandom } from '../index.js';
import type { AvatarSessionBaseOptions, AvatarSessionOptions } from '../index.js';
import { asInput, ExitCode, InputError, parseNumber, parseOptions, requirePositionals } from './command.js';
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
import { readInputFile, readStandardInput } from './named-files.js';
import { RECORD_OPTIONS, recordSessions } from './record.js';
import { jsonReport, QUIET_REPORT, summaryJson, summaryLine, textReport } from './say-report.js';
import type { SpeechReport } from './say-report.js';
import { inspectSessions } from './inspect.js';
import { speakOnce } from './speak-once.js';
import type { SpeechResult } from './speak-once.js';
import { failureReport, LiveScreen, writeJsonLine } from './terminal.js';
import type { Terminal } from './terminal.js';

const SAY_HELP = `avatarkit-session say [FILE.wav | -] [options]

Streams the speech in FILE.wav (mono or stereo, 8 to 32 bits or float) through
one session at the pace of a microphone, shows every event of the session, and
ends with one line:

  keyframes N/N · lost 0 · duplicated 0 · reconnects R · open sockets 0

"-" reads the speech from standard input. Without a file a sample that comes
with the package is spoken. Without any option or variable that names a real
service, an embedded one is started, and every keyframe is compared with the
expected one.

  --sample-rate HZ the input is raw PCM: 16 bits, little-endian, mono
  --faults PLAN    faults of the embedded service, one of
                   ${PLAN_NAMES},
                   or JSON (one fault or a list of them), or @FILE with either
  --seed N         of the embedded service's choices and the session's jitter
                   (default 1; a real service: random jitter)
  --speed X        pace of the speech, 1 is real time (default), 0.1 to 1000
  --policy FILE    retry policy, JSON of the session's option "retry", as
                   the command policy shows it (default: the session's own;
                   with a real service at most 5 attempts per outage)
  --json           one JSON object per event and line; the last is the summary
  --quiet          only the last line
  --inspect        a page that shows the session live: its face, its timeline,
                   its errors. The URL goes to standard error; the program
                   stays until Ctrl-C
  --record FILE    writes a flight record, for the commands timeline and replay
  --record-payload ... with the speech and the keyframes in it
  --force          replaces FILE whatever is in it

A real service, by options or variables:
  --app-id ID          AVATARKIT_APP_ID
  --avatar-id ID       AVATARKIT_AVATAR_ID
  --region NAME        AVATARKIT_REGION (default us-west)
  --console-url URL    AVATARKIT_CONSOLE_URL (instead of a region)
  --ingress-url URL    AVATARKIT_INGRESS_URL (instead of a region)
  The API key is read from AVATARKIT_API_KEY only, as options show in lists of
  processes. N/N is then the keyframes received, and the number for 25
  keyframes per second of audio.

Ctrl-C closes the session before the program ends, exit code 130.

Examples:
  avatarkit-session say --faults demo --seed 1
  avatarkit-session say speech.wav --json
  text-to-speech | avatarkit-session say - --sample-rate 24000
  avatarkit-session say speech.wav --faults \\
    '{"kind":"close","phase":"runtime","code":4503,"afterKeyframes":100}'
  AVATARKIT_API_KEY=... avatarkit-session say speech.wav \\
    --app-id app_1 --avatar-id avatar_1 --region us-west
`;

const DEFAULT_SEED = 1;
/** A user waits at the terminal, so a wrong URL must be reported after seconds, not after two minutes. */
const ATTEMPTS_WITH_REAL_SERVICE = 5;
/** The time in which the embedded service must notice that the last socket is closed, milliseconds. */
const SOCKETS_CLOSED_WITHIN_MS = 2_000;
const SOCKETS_CHECK_MS = 5;

/** Part of the package: 9 s of synthetic speech. */
const SAMPLE = new URL('../../examples/audio/speech.wav', import.meta.url);

interface SayPlan {
  readonly audio: WavAudio;
  readonly speed: number;
  /** The options that are the same for both kinds of service. */
  readonly session: Pick<AvatarSessionBaseOptions, 'sampleRate' | 'random' | 'retry'>;
  readonly report: SpeechReport;
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
      'sample-rate': { type: 'string' },
      faults: { type: 'string' },
      seed: { type: 'string' },
      speed: { type: 'string' },
      policy: { type: 'string' },
      json: { type: 'boolean' },
      quiet: { type: 'boolean' },
      inspect: { type: 'boolean' },
      ...RECORD_OPTIONS,
    });
    const [path, ...extra] = positionals;
    requirePositionals('say', extra, []);
    const seed = parseNumber('--seed', values.seed, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
    const speed = parseNumber('--speed', values.speed, { min: 0.1, max: 1_000 }) ?? 1;
    const rawRateHz = parseNumber('--sample-rate', values['sample-rate'], { integer: true });
    const faults = values.faults === undefined ? [] : await readFaults(values.faults);
    const target = resolveServiceTarget(values, terminal.env, values.faults !== undefined);
    const retry = values.policy === undefined ? undefined : (await readPolicyFile(values.policy)).options;
    const { source, audio } = await readSpeech(path, rawRateHz, terminal);
    const recorder = await recordSessions('say', values);

    const stopping = new AbortController();
    const forget = terminal.onStop(() => stopping.abort());
    const { signal } = stopping;
    const random = seed === undefined ? undefined : createSeededRandom(seed);
    const { sampleRateHz: sampleRate, durationMs } = audio;
    const report =
      values.quiet === true
        ? QUIET_REPORT
        : values.json === true
          ? jsonReport(terminal)
          : textReport(new LiveScreen(terminal));
    const begin = (embedded: { readonly faults: string; readonly seed: number } | undefined): void =>
      report.tell({
        event: 'begin',
        facts: { source, durationMs, sampleRateHz: sampleRate, embedded },
      });
    const plan = { audio, speed, report, signal };
    const inspector = values.inspect === true ? await inspectSessions(terminal) : undefined;
    const conclude = async (outcome: Outcome): Promise<ExitCode> => {
      const code = concluded(outcome, signal.aborted, values.json === true, terminal);
      await inspector?.untilLeft(signal);
      return code;
    };
    try {
      if (target.kind === 'real') {
        begin(undefined);
        const attempts = { maxAttempts: ATTEMPTS_WITH_REAL_SERVICE };
        const session = { ...target.options, sampleRate, random, retry: retry ?? attempts };
        return await conclude(await sayToRealService({ ...plan, session }));
      }
      begin({ faults: values.faults ?? 'none', seed: seed ?? DEFAULT_SEED });
      // Without --seed the demonstration is the same each time as well.
      const session = { sampleRate, retry, random: random ?? createSeededRandom(DEFAULT_SEED) };
      const service = await AvatarEmulator.start({ seed: seed ?? DEFAULT_SEED, faults });
      try {
        return await conclude(await sayToEmbeddedService({ ...plan, session }, service));
      } finally {
        await service.stop();
      }
    } finally {
      forget();
      await recorder?.close();
      await inspector?.close();
    }
  },
};

/** @param path undefined for the sample, `-` for standard input */
async function readSpeech(
  path: string | undefined,
  rawRateHz: number | undefined,
  terminal: Terminal,
): Promise<{ readonly source: string; readonly audio: WavAudio }> {
  if (path === undefined) {
    if (rawRateHz !== undefined) throw new InputError('say: --sample-rate needs a file of raw PCM, or "-"');
    const bytes = await readInputFile(fileURLToPath(SAMPLE), MAX_WAV_BYTES);
    return { source: 'the sample speech.wav', audio: sendableAudio(bytes, undefined) };
  }
  const isInput = path === '-';
  const source = isInput ? 'standard input' : basename(path);
  const bytes = isInput
    ? await readStandardInput(terminal, MAX_WAV_BYTES)
    : await readInputFile(path, MAX_WAV_BYTES);
  return { source, audio: asInput(() => sendableAudio(bytes, rawRateHz), isInput ? source : path) };
}

/** The audio, if the command can send it: it sends audio at its own rate, without resampling. */
function sendableAudio(bytes: Uint8Array, rawRateHz: number | undefined): WavAudio {
  const isWav = Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'RIFF';
  if (!isWav && rawRateHz !== undefined) return rawAudio(bytes, rawRateHz);
  const audio = decodeWav(bytes);
  if (rawRateHz !== undefined && rawRateHz !== audio.sampleRateHz) {
    throw new RangeError(`this is a WAV file with ${audio.sampleRateHz} Hz: leave --sample-rate out`);
  }
  return requireSendableRate(audio, 'the WAV file has');
}

function rawAudio(bytes: Uint8Array, sampleRateHz: number): WavAudio {
  const pcm = bytes.subarray(0, bytes.length - (bytes.length % 2));
  if (pcm.length === 0) throw new RangeError('no audio in it');
  const durationMs = (pcm.length / 2 / sampleRateHz) * 1_000;
  return requireSendableRate({ pcm, sampleRateHz, durationMs }, '--sample-rate is');
}

function requireSendableRate(audio: WavAudio, whose: string): WavAudio {
  if (PCM_SAMPLE_RATES_HZ.includes(audio.sampleRateHz)) return audio;
  const taken = PCM_SAMPLE_RATES_HZ.join(', ');
  throw new RangeError(
    `${whose} ${shownNumber(audio.sampleRateHz)} Hz, the service takes ${taken}; resample it first`,
  );
}

async function sayToEmbeddedService(plan: SayPlan, service: AvatarEmulator): Promise<Outcome> {
  const { audio, report } = plan;
  const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
  const session = { ...plan.session, ...credentials, consoleEndpointUrl, ingressEndpointUrl };
  void followLog(service, (entry) => {
    if (entry.event === 'faultFired') report.tell({ event: 'fault', fault: entry });
  });
  const { pcm, sampleRateHz } = audio;
  const account = createExactAccount(animate(pcm, sampleRateHz), (start) =>
    animateFrom(pcm, sampleRateHz, start),
  );
  const result = await speakOnce({ ...plan, session, account });
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
  return speakOnce({ ...plan, account });
}

/** Writes the last lines; returns the exit code. */
function concluded(outcome: Outcome, isInterrupted: boolean, asJson: boolean, terminal: Terminal): ExitCode {
  const { tally, openSockets, failure } = outcome;
  const { lost, duplicated, wrong } = tally;
  if (isInterrupted) terminal.complain('avatarkit-session: interrupted');
  else if (failure !== undefined) for (const line of failureReport(failure)) terminal.complain(line);
  if (wrong > 0) terminal.complain(`avatarkit-session: ${wrong} keyframes were wrong or out of order`);
  const isFlawless = failure === undefined && lost + duplicated + wrong + openSockets === 0;
  const exitCode = isInterrupted ? ExitCode.interrupted : isFlawless ? ExitCode.fine : ExitCode.failed;
  const error = AvatarSDKError.is(failure) ? failure : undefined;
  const summary = { ...outcome, exitCode, error };
  if (asJson) writeJsonLine(terminal, summaryJson(summary));
  else terminal.write(`${summaryLine(summary)}\n`);
  return exitCode;
}
