/**
 * What the playground does: one embedded service, and one session after another with the policy that is written. The session is the package's
 * own, on its transport for WHATWG WebSockets. Must not know how it is shown.
 */
import { KEYFRAMES_PER_SECOND, createWebSocketTransport, newAvatarSession } from 'avatarkit-session';
import type { AvatarSession, AvatarSessionOptions, Utterance } from 'avatarkit-session';
import { AvatarEmulator } from 'avatarkit-session/emulator';
import type { Fault } from 'avatarkit-session/emulator';
import { createSystemClock } from '../../../src/adapters/node/system-clock.js';
import { memoryWebSocket } from './memory-web-socket.js';
import type { SpeechAudio } from './speech-audio.js';

/** Each way, between the session and the service. */
const LATENCY_MS = 25;
/** Audio goes out as a text-to-speech service makes it: in pieces, a little faster than it is heard. */
const CHUNK_MS = 100;
const CHUNK_EVERY_MS = 80;
const BYTES_PER_SAMPLE = 2;
/** Shorter than the default: a person waits for it. */
const SILENCE_TIMEOUT_MS = 5_000;

/** What has come of what was said. */
export interface Told {
  /** For the person who listens, and not looks. */
  readonly text: string;
  readonly expected: number;
  readonly delivered: number;
  /** Keyframes that came a second time; always 0, and counted here, beside the session's own count. */
  readonly twice: number;
}

export class Playground {
  session: AvatarSession | undefined;
  isSpeaking = false;
  told: Told = { text: 'Press Start.', expected: 0, delivered: 0, twice: 0 };
  readonly #service: AvatarEmulator;
  readonly #changed: () => void;
  #utterance: Utterance | undefined;

  private constructor(service: AvatarEmulator, changed: () => void) {
    this.#service = service;
    this.#changed = changed;
  }

  static async open(changed: () => void): Promise<Playground> {
    const clock = createSystemClock();
    return new Playground(await AvatarEmulator.start({ clock, latencyMs: LATENCY_MS }), changed);
  }

  get isOpen(): boolean {
    return this.session !== undefined && this.session.state !== 'closed';
  }

  /** Throws for a policy that can't be used, with the path of what is wrong. */
  start(retry: unknown, sampleRateHz: number): AvatarSession {
    const { transport, httpPost, ...service } = this.#service.sessionOptions;
    if (transport === undefined || httpPost === undefined) throw new Error('the service is not in this page');
    const session = newAvatarSession({
      apiKey: service.apiKey,
      appId: service.appId,
      avatarId: service.avatarId,
      consoleEndpointUrl: service.consoleEndpointUrl,
      ingressEndpointUrl: service.ingressEndpointUrl,
      httpPost,
      transport: createWebSocketTransport({ WebSocket: memoryWebSocket(transport) }),
      sampleRate: sampleRateHz,
      silenceTimeoutMs: SILENCE_TIMEOUT_MS,
      retry: retry as AvatarSessionOptions['retry'],
    });
    this.session = session;
    session.on('retry', ({ error, attempt, delayMs }) =>
      this.#tell(`Lost: ${error.code}. Attempt ${attempt} in ${Math.round(delayMs)} ms.`),
    );
    session.on('reconnect', ({ error, attempts }) =>
      this.#tell(`Reconnected after ${error.code}, at attempt ${attempts}.`),
    );
    session.on('error', (error) => {
      if (!error.willRetry) this.#tell(`${error.code}: ${error.remediation}`);
    });
    session.on('close', () => this.#tell('The session is closed.'));
    this.#tell('The session starts.');
    session.start().then(
      () => this.#tell('Connected.'),
      (error: unknown) => this.#tell(`Not started: ${(error as Error).message}`),
    );
    return session;
  }

  /** Says the audio in pieces; resolves when all has come back, or it was cut short. */
  async speak({ pcm, sampleRateHz }: SpeechAudio): Promise<void> {
    const { session } = this;
    if (session === undefined || this.isSpeaking) return;
    const expected = Math.ceil((pcm.length / BYTES_PER_SAMPLE / sampleRateHz) * KEYFRAMES_PER_SECOND);
    const seen = new Set<number>();
    let twice = 0;
    const utterance = session.speak();
    this.#utterance = utterance;
    this.isSpeaking = true;
    this.told = { text: 'Speaks.', expected, delivered: 0, twice: 0 };
    utterance.on('frame', ({ index, keyframes }) => {
      for (const at of keyframes.keys()) {
        if (seen.has(index + at)) twice += 1;
        seen.add(index + at);
      }
      this.told = { ...this.told, delivered: seen.size, twice };
      this.#changed();
    });
    const result = utterance.finished.then(
      ({ outcome, keyframes }) => this.#tell(`Said: ${keyframes} of ${expected} keyframes, ${outcome}.`),
      (error: unknown) => this.#tell(`Not said: ${(error as Error).message}`),
    );
    const step = Math.round((CHUNK_MS / 1_000) * sampleRateHz) * BYTES_PER_SAMPLE;
    try {
      for (let at = 0; at < pcm.length && this.#utterance === utterance; at += step) {
        await utterance.write(pcm.slice(at, at + step));
        await new Promise<void>((resolve) => void setTimeout(resolve, CHUNK_EVERY_MS));
      }
      if (this.#utterance === utterance) await utterance.end();
    } catch {
      // `finished` says why.
    }
    await result;
    this.isSpeaking = false;
    this.#changed();
  }

  async interrupt(): Promise<void> {
    this.#utterance = undefined;
    await this.session?.interrupt();
  }

  async close(): Promise<void> {
    this.#utterance = undefined;
    await this.session?.close();
  }

  /** Throws for what is no fault. */
  inject(fault: Fault, words: string): void {
    this.#service.inject(fault);
    this.#tell(`Fault: ${words}.`);
  }

  #tell(text: string): void {
    this.told = { ...this.told, text };
    this.#changed();
  }
}
