/**
 * Collects everything that a session exposes, as text, in every form in which an application or a logger can write it.
 */
import { inspect } from 'node:util';
import { vi } from 'vitest';
import type { AvatarSession } from '../../../src/index.js';
import { ChannelRecord } from '../../support/channel-record.js';
import { SESSION_EVENTS } from './session-event-names.js';

export class Sinks implements Disposable {
  readonly #texts: string[] = [];
  readonly #channels = new ChannelRecord();
  readonly #onWarning = (warning: Error): void => this.show(warning);

  constructor() {
    process.on('warning', this.#onWarning);
    for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
      vi.spyOn(console, name).mockImplementation((...shown: unknown[]) => this.show(shown));
    }
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        this.#texts.push(String(text));
        return true;
      });
    }
  }

  /** Records every event of the session, and the session itself at each event. */
  watch(session: AvatarSession): void {
    for (const name of SESSION_EVENTS) {
      session.on(name, (payload) => {
        this.show(payload);
        this.show(session);
      });
      // Throws the payload, because an error of a handler is printed in a warning.
      session.on(name, (payload) => {
        throw payload instanceof Error ? payload : new Error('thrown by the application', { cause: payload });
      });
    }
  }

  show(value: unknown): void {
    this.#texts.push(inspect(value, { showHidden: true, depth: Infinity }), String(value));
    if (value !== undefined) this.#texts.push(JSON.stringify(value));
    if (!(value instanceof Error)) return;
    this.#texts.push(value.stack ?? '', value.message, JSON.stringify(Object.entries(value)));
    this.show(value.cause);
  }

  /** The secrets that are in the collected texts, in any encoding in which they are sent. */
  found(secrets: readonly string[]): string[] {
    for (const { message } of this.#channels.published) this.show(message);
    this.#channels.clear();
    const all = this.#texts.join('\n');
    return secrets.filter((secret) => formsOf(secret).some((form) => all.includes(form)));
  }

  /** The number of collected characters. Tests check that texts were collected at all. */
  get characters(): number {
    return this.#texts.reduce((sum, text) => sum + text.length, 0);
  }

  has(text: string): boolean {
    return this.#texts.some((shown) => shown.includes(text));
  }

  [Symbol.dispose](): void {
    this.#channels[Symbol.dispose]();
    process.off('warning', this.#onWarning);
    vi.restoreAllMocks();
  }
}

/**
 * The secret in plain text, percent-encoded, as a JSON string, and in base64 without the characters that depend
 * on the text around it.
 */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64').replace(/=+$/, '').slice(0, -1),
    bytes.toString('base64url').slice(0, -1),
  ];
}
