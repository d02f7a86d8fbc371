/**
 * The output of `say` while a session speaks: for people one line for each event (time, phase, event, reason) and a live line that fits
 * into the window; for programs one JSON object per line; or nothing. Formats only.
 */
import type { LogEntry } from '../emulator/index.js';
import type { AvatarSDKError, ReconnectInfo, RetryInfo, SessionState, StateChange } from '../index.js';
import type { KeyframeTally } from './keyframe-account.js';
import { secondsText, writeJsonLine } from './terminal.js';
import type { LiveScreen, Terminal, Tone } from './terminal.js';

export type SpeechEvent =
  | { readonly event: 'begin'; readonly facts: SpeechFacts }
  /** `attempt` is the number of the running or next dial. */
  | { readonly event: 'state'; readonly change: StateChange; readonly attempt: number }
  | { readonly event: 'error'; readonly error: AvatarSDKError }
  | { readonly event: 'retry'; readonly info: RetryInfo }
  | { readonly event: 'reconnect'; readonly info: ReconnectInfo }
  | { readonly event: 'fault'; readonly fault: Extract<LogEntry, { event: 'faultFired' }> };

interface SpeechFacts {
  /** The source of the audio, as the user named it. */
  readonly source: string;
  readonly durationMs: number;
  readonly sampleRateHz: number;
  /** Undefined for a real service. */
  readonly embedded: { readonly faults: string; readonly seed: number } | undefined;
}

export interface SpeechReport {
  tell(event: SpeechEvent): void;
  /** Shows the progress; may be called for every keyframe. */
  progress(progress: () => SpeechProgress): void;
  /** No event follows. */
  end(): void;
}

interface SpeechProgress {
  readonly keyframes: number;
  readonly expectedKeyframes: number;
  readonly spokenMs: number;
  readonly durationMs: number;
  readonly state: string;
}

const nothing = (): void => undefined;
export const QUIET_REPORT: SpeechReport = { tell: nothing, progress: nothing, end: nothing };

interface LifecycleLine {
  /** The first column: a state of the session, or `service` for events of the embedded service. */
  readonly where: SessionState | AvatarSDKError['phase'] | 'service';
  readonly text: string;
  readonly tone: Tone;
}

export function textReport(screen: LiveScreen): SpeechReport {
  const startedAtMs = performance.now();
  return {
    tell(told) {
      if (told.event === 'begin') {
        for (const text of beginLines(told.facts)) screen.line(text);
        return;
      }
      const line = lifecycleLine(told);
      if (line !== undefined) screen.line(formatLine(performance.now() - startedAtMs, line), line.tone);
    },
    progress: (progress) => screen.live((columns) => progressBar(progress(), columns)),
    end: () => screen.clear(),
  };
}

/** The width of the phase in ` 1.07 s session_token …` */
const WHERE_CHARACTERS = 17;

function formatLine(elapsedMs: number, { where, text }: LifecycleLine): string {
  return `${secondsText(elapsedMs, 2).padStart(8)}  ${where.padEnd(WHERE_CHARACTERS)}  ${text}`;
}

function beginLines({ source, durationMs, sampleRateHz, embedded }: SpeechFacts): readonly string[] {
  return [
    `${source}: ${secondsText(durationMs)} of speech, ${sampleRateHz} Hz`,
    ...(embedded === undefined
      ? []
      : [`embedded service, faults: ${embedded.faults}, seed ${embedded.seed}`]),
  ];
}

function lifecycleLine(told: Exclude<SpeechEvent, { event: 'begin' }>): LifecycleLine | undefined {
  switch (told.event) {
    case 'state':
      return stateLine(told.change, told.attempt);
    case 'error':
      return failureLine(told.error);
    case 'retry':
      return undefined; // The state "waiting" has a line for it.
    case 'reconnect':
      return reconnectLine(told.info);
    case 'fault':
      return {
        where: 'service',
        text: `fault: ${told.fault.kind} (${told.fault.phase})`,
        tone: 'quiet',
      };
  }
}

/** @param attempt the number of the running or next dial */
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

const MAX_BAR_CHARACTERS = 30;
const MIN_BAR_CHARACTERS = 8;

/** The bar and as many of the facts as fit: first the count, then the state, then the time. */
export function progressBar(progress: SpeechProgress, columns: number): string {
  const { keyframes, expectedKeyframes, spokenMs, durationMs, state } = progress;
  const count = `keyframes ${keyframes}/${expectedKeyframes}`;
  const spoken = `spoken ${secondsText(spokenMs)} of ${secondsText(durationMs)}`;
  const choices = [` ${count} · ${spoken} · ${state}`, ` ${count} · ${state}`, ` ${count}`];
  const facts = choices.find((text) => text.length + MIN_BAR_CHARACTERS <= columns);
  if (facts === undefined) return count.slice(0, columns);
  const characters = Math.min(MAX_BAR_CHARACTERS, columns - facts.length);
  const part = expectedKeyframes === 0 ? 0 : Math.min(1, keyframes / expectedKeyframes);
  const filled = Math.floor(part * characters);
  return `${'█'.repeat(filled)}${'░'.repeat(characters - filled)}${facts}`;
}

/** One object per line: `at_ms` since the beginning, `event`, and its facts under the names that errors have in JSON. */
export function jsonReport(terminal: Terminal): SpeechReport {
  const startedAtMs = performance.now();
  return {
    ...QUIET_REPORT,
    tell(told) {
      const { event } = told;
      writeJsonLine(terminal, {
        at_ms: Math.round(performance.now() - startedAtMs),
        event,
        ...jsonFacts(told),
      });
    },
  };
}

function jsonFacts(told: SpeechEvent): Record<string, unknown> {
  switch (told.event) {
    case 'begin': {
      const { source, durationMs, sampleRateHz, embedded } = told.facts;
      const service = embedded === undefined ? { service: 'real' } : { service: 'embedded', ...embedded };
      return { source, duration_ms: durationMs, sample_rate_hz: sampleRateHz, ...service };
    }
    case 'state':
      return { ...told.change, attempt: told.attempt };
    case 'error':
      return { error: told.error.toJSON() };
    case 'retry': {
      const { attempt, delayMs, source, error } = told.info;
      return { attempt, delay_ms: delayMs, source, code: error.code };
    }
    case 'reconnect': {
      const { outageMs, attempts, error } = told.info;
      return { outage_ms: outageMs, attempts, code: error.code };
    }
    case 'fault':
      return { kind: told.fault.kind, phase: told.fault.phase };
  }
}

export interface SpeechSummary {
  readonly tally: KeyframeTally;
  readonly reconnects: number;
  readonly openSockets: number;
  readonly exitCode: number;
  readonly error: AvatarSDKError | undefined;
}

export function summaryLine({ tally, reconnects, openSockets }: SpeechSummary): string {
  const { received, expected, lost, duplicated } = tally;
  return `keyframes ${received}/${expected} · lost ${lost} · duplicated ${duplicated} · reconnects ${reconnects} · open sockets ${openSockets}`;
}

export function summaryJson({ tally, reconnects, openSockets, exitCode, error }: SpeechSummary): object {
  return {
    event: 'summary',
    keyframes: tally,
    reconnects,
    open_sockets: openSockets,
    exit_code: exitCode,
    ...(error === undefined ? {} : { error: error.toJSON() }),
  };
}
