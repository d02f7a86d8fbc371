/**
 * One session that says one piece of audio and ends: connects, speaks at the given pace, counts what comes back, closes. It
 * shows every step on the screen. Which service it is, and what the result is worth, is not known here.
 */
import { newAvatarSession } from '../index.js';
import type { AvatarSession, AvatarSessionOptions } from '../index.js';
import { asInput } from './input-error.js';
import type { KeyframeAccount, KeyframeTally } from './keyframe-account.js';
import { failureLine, formatLine, reconnectLine, stateLine } from './lifecycle-lines.js';
import type { LifecycleLine } from './lifecycle-lines.js';
import type { LiveScreen } from './live-screen.js';
import { pacedAudio } from './paced-audio.js';
import { progressBar } from './progress-bar.js';
import type { WavAudio } from './read-wav.js';

export interface SpeechPlan {
  readonly audio: WavAudio;
  readonly speed: number;
  readonly session: AvatarSessionOptions;
  readonly account: KeyframeAccount;
  readonly screen: LiveScreen;
  /** Aborted when the user wants to stop. */
  readonly signal: AbortSignal;
  /** Prints a line with the time that has passed. */
  readonly tell: (line: LifecycleLine) => void;
}

export interface SpeechResult {
  readonly tally: KeyframeTally;
  readonly reconnects: number;
  /** As far as the session knows. */
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
      account.receive(frame.index, frame.keyframes);
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
