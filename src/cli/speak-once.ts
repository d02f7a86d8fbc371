/**
 * One session that speaks one piece of audio and ends: it connects, sends the audio at the pace of a
 * microphone, counts the keyframes, and closes. Reports the progress and every event. Does not choose the
 * service and does not evaluate the result.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WavAudio } from '../audio/decode-wav.js';
import { newAvatarSession } from '../index.js';
import type { AvatarSession, AvatarSessionOptions } from '../index.js';
import { asInput } from './command.js';
import type { KeyframeAccount, KeyframeTally } from './keyframe-account.js';
import type { SpeechReport } from './say-report.js';

interface SpeechPlan {
  readonly audio: WavAudio;
  readonly speed: number;
  readonly session: AvatarSessionOptions;
  readonly account: KeyframeAccount;
  readonly report: SpeechReport;
  /** Aborted when the user stops the program. */
  readonly signal: AbortSignal;
}

export interface SpeechResult {
  readonly tally: KeyframeTally;
  readonly reconnects: number;
  /** Open sockets, according to the state of the session. */
  readonly openSockets: number;
  readonly failure: unknown;
}

/** Rejects only with an InputError, for options that the session refuses. */
export async function speakOnce(plan: SpeechPlan): Promise<SpeechResult> {
  const { audio, account, report, signal } = plan;
  let spokenMs = 0;
  const { session, reconnects } = openSession(plan);
  const showProgress = (): void =>
    report.progress(() => {
      const { received, expected } = account.tally(false);
      const { durationMs } = audio;
      const { state } = session;
      return { keyframes: received, expectedKeyframes: expected, spokenMs, durationMs, state };
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
    report.end();
  }
  const openSockets = session.state === 'closed' && session.connectionId === undefined ? 0 : 1;
  return { tally: account.tally(failure === undefined), reconnects: reconnects(), openSockets, failure };
}

function openSession({ session: options, report }: SpeechPlan): {
  session: AvatarSession;
  reconnects: () => number;
} {
  /** The number of the running or next dial. */
  let attempt = 1;
  let reconnects = 0;
  const session = asInput(() =>
    newAvatarSession({
      ...options,
      onStateChange: (change) => {
        report.tell({ event: 'state', change, attempt });
        // A planned replacement of a connection begins an outage of its own, without a retry.
        if (change.to === 'websocket_runtime') attempt = 1;
      },
      onError: (error) => report.tell({ event: 'error', error }),
      onRetry: (info) => {
        // The attempts of a single request count its sendings.
        if (info.error.reqId === undefined) ({ attempt } = info);
        report.tell({ event: 'retry', info });
      },
      onReconnect: (info) => {
        reconnects += 1;
        report.tell({ event: 'reconnect', info });
      },
    }),
  );
  return { session, reconnects: () => reconnects };
}

/** The audio of one keyframe. */
const CHUNK_MS = 40;

interface Pace {
  /** The pace of the audio: 1 is real time, 2 twice as fast. */
  readonly speed: number;
  /** An abort ends the audio early. */
  readonly signal: AbortSignal;
  /** Called with the amount of audio that has been read so far, milliseconds. */
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
