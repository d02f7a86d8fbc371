/**
 * One session that speaks one piece of audio and ends: it connects, sends the audio at the pace of a microphone, counts the keyframes,
 * and closes. Shows the progress, and every event as one line: when, in which phase, what, and why. Does not choose the service and
 * does not judge the result.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WavAudio } from '../audio/decode-wav.js';
import type { LogEntry } from '../emulator/index.js';
import { newAvatarSession } from '../index.js';
import type {
  AvatarSDKError,
  ReconnectInfo,
  SessionState,
  StateChange,
  AvatarSession,
  AvatarSessionOptions,
} from '../index.js';
import { asInput } from './command.js';
import type { KeyframeAccount, KeyframeTally } from './keyframe-account.js';
import { secondsText } from './terminal.js';
import type { Tone, LiveScreen } from './terminal.js';

interface LifecycleLine {
  /** The first column: a state of the session, or `service` for events of the embedded service. */
  readonly where: SessionState | AvatarSDKError['phase'] | 'service';
  readonly text: string;
  readonly tone: Tone;
}

const WHERE_CHARACTERS = 17;

/** `  1.07 s  session_token      …` */
function formatLine(elapsedMs: number, { where, text }: LifecycleLine): string {
  return `${secondsText(elapsedMs, 2).padStart(8)}  ${where.padEnd(WHERE_CHARACTERS)}  ${text}`;
}

/** `attempt` is the number of the dial that is being made, or is coming. */
export function stateLine({ to, reason }: StateChange, attempt: number): LifecycleLine {
  switch (to) {
    case 'idle':
      return { where: to, text: reason, tone: 'plain' };
    case 'session_token':
      return { where: to, text: `attempt ${attempt} (${reason}): asking for a session token`, tone: 'plain' };
    case 'websocket_connect':
      return { where: to, text: `attempt ${attempt}: ${reason}, connecting`, tone: 'plain' };
    case 'websocket_runtime':
      return { where: to, text: `attempt ${attempt}: confirmed, connection ${reason}`, tone: 'good' };
    case 'waiting':
      return { where: to, text: reason, tone: 'waiting' };
    case 'closing':
    case 'closed':
      return { where: to, text: reason, tone: 'plain' };
  }
}

export function failureLine(error: AvatarSDKError): LifecycleLine {
  const { code, phase, step, message } = error;
  return { where: phase, text: `${code} at step ${step}: ${message}`, tone: 'bad' };
}

export function reconnectLine({ outageMs, attempts, error }: ReconnectInfo): LifecycleLine {
  const text = `reconnected ${secondsText(outageMs, 2)} after ${error.code}, at attempt ${attempts}; unfinished speech is sent again`;
  return { where: 'websocket_runtime', text, tone: 'good' };
}

export function faultLine({ kind, phase }: Extract<LogEntry, { event: 'faultFired' }>): LifecycleLine {
  return { where: 'service', text: `fault: ${kind} (${phase})`, tone: 'quiet' };
}

interface SpeechPlan {
  readonly audio: WavAudio;
  readonly speed: number;
  readonly session: AvatarSessionOptions;
  readonly account: KeyframeAccount;
  readonly screen: LiveScreen;
  /** Aborted when the user stops the program. */
  readonly signal: AbortSignal;
  /** Prints a line with the time that has passed. */
  readonly tell: (line: LifecycleLine) => void;
}

export interface SpeechResult {
  readonly tally: KeyframeTally;
  readonly reconnects: number;
  /** By the state of the session. */
  readonly openSockets: number;
  readonly failure: unknown;
}

/** Prints lines with the time since now in front. */
export function teller(screen: LiveScreen): (line: LifecycleLine) => void {
  const startedAtMs = performance.now();
  return (line) => screen.line(formatLine(performance.now() - startedAtMs, line), line.tone);
}

/** Rejects only with an InputError, for options that the session refuses. */
export async function speakOnce(plan: SpeechPlan): Promise<SpeechResult> {
  const { audio, account, screen, signal } = plan;
  let spokenMs = 0;
  const { session, reconnects } = openSession(plan);
  const showProgress = (): void =>
    screen.live(() => {
      const { received, expected } = account.tally(false);
      const { durationMs } = audio;
      const { state } = session;
      return progressBar({ keyframes: received, expectedKeyframes: expected, spokenMs, durationMs, state });
    });
  const spoken = (untilMs: number): void => {
    spokenMs = untilMs;
    showProgress();
  };

  let failure: unknown;
  const stop = (): void => void session.close();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    await session.start();
    const utterance = session.speak(pacedAudio(audio, { speed: plan.speed, signal, spoken }));
    for await (const frame of utterance) {
      account.receive(frame.index, frame.keyframes, frame.resumed);
      showProgress();
    }
    await utterance.finished;
  } catch (error) {
    failure = error;
  } finally {
    signal.removeEventListener('abort', stop);
    await session.close();
    screen.clear();
  }
  const openSockets = session.state === 'closed' && session.connectionId === undefined ? 0 : 1;
  return { tally: account.tally(failure === undefined), reconnects: reconnects(), openSockets, failure };
}

function openSession({ session: options, tell }: SpeechPlan): {
  session: AvatarSession;
  reconnects: () => number;
} {
  /** The number of the dial that is being made, or is coming. */
  let attempt = 1;
  let reconnects = 0;
  const session = asInput(() =>
    newAvatarSession({
      ...options,
      onStateChange: (change) => {
        tell(stateLine(change, attempt));
        // A connection that is replaced on purpose begins an outage of its own, without a retry.
        if (change.to === 'websocket_runtime') attempt = 1;
      },
      onError: (error) => tell(failureLine(error)),
      onRetry: (info) => {
        // That of a single request counts its sendings.
        if (info.error.reqId === undefined) ({ attempt } = info);
      },
      onReconnect: (info) => {
        reconnects += 1;
        tell(reconnectLine(info));
      },
    }),
  );
  return { session, reconnects: () => reconnects };
}

/** One keyframe's worth of audio. */
const CHUNK_MS = 40;

interface Pace {
  /** 1 is real time, 2 twice as fast. */
  readonly speed: number;
  /** Ends the audio early. */
  readonly signal: AbortSignal;
  /** How much of the audio has been given so far, milliseconds of it. */
  readonly spoken: (spokenMs: number) => void;
}

async function* pacedAudio(
  { pcm, sampleRateHz: sampleRate }: WavAudio,
  pace: Pace,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { speed, signal, spoken } = pace;
  const chunkBytes = 2 * Math.round((sampleRate * CHUNK_MS) / 1_000);
  const startedAtMs = performance.now();
  for (let from = 0; from < pcm.length; from += chunkBytes) {
    const chunk = pcm.subarray(from, from + chunkBytes);
    const untilMs = ((from + chunk.length) / 2 / sampleRate) * 1_000;
    const waitMs = startedAtMs + untilMs / speed - performance.now();
    if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    spoken(untilMs);
    yield chunk;
  }
}

const BAR_CHARACTERS = 30;

interface Progress {
  readonly keyframes: number;
  readonly expectedKeyframes: number;
  readonly spokenMs: number;
  readonly durationMs: number;
  readonly state: string;
}

function progressBar(progress: Progress): string {
  const { keyframes, expectedKeyframes, spokenMs, durationMs, state } = progress;
  const part = expectedKeyframes === 0 ? 0 : Math.min(1, keyframes / expectedKeyframes);
  const filled = Math.floor(part * BAR_CHARACTERS);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_CHARACTERS - filled);
  const spoken = `spoken ${secondsText(spokenMs)} of ${secondsText(durationMs)}`;
  return `${bar} keyframes ${keyframes}/${expectedKeyframes} · ${spoken} · ${state}`;
}
