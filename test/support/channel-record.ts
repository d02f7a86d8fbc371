/** Records everything that is published on the diagnostics channels while the record is open, in order. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { CHANNELS } from '../../src/index.js';
import type { ChannelMessage } from '../../src/index.js';

export const OPERATION_CHANNELS = [CHANNELS.dial, CHANNELS.token, CHANNELS.utterance] as const;
const COURSE = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

/** Every name that `subscribe` accepts: `avatarkit-session:state`, `tracing:avatarkit-session:dial:start`. */
export const CHANNEL_NAMES: readonly string[] = Object.values(CHANNELS).flatMap((name) =>
  (OPERATION_CHANNELS as readonly string[]).includes(name)
    ? COURSE.map((moment) => `tracing:${name}:${moment}`)
    : [name],
);

export interface Published {
  /** `state`, `dial:start`, … */
  readonly name: string;
  /** The published object itself. An operation changes its object later; this one has the current values. */
  readonly message: ChannelMessage & Readonly<Record<string, unknown>>;
  /** A copy of the object from the moment when it was published. */
  readonly then: Readonly<Record<string, unknown>>;
}

export class ChannelRecord implements Disposable {
  readonly published: Published[] = [];
  readonly #listeners: readonly (readonly [string, (message: unknown) => void])[];

  /** @param names default: all of them */
  constructor(names: readonly string[] = CHANNEL_NAMES) {
    this.#listeners = names.map((channel) => {
      const name = channel.replace('tracing:', '').replace('avatarkit-session:', '');
      return [
        channel,
        (message) => {
          const published = message as Published['message'];
          this.published.push({ name, message: published, then: { ...published } });
        },
      ];
    });
    for (const [name, listener] of this.#listeners) subscribe(name, listener);
  }

  get names(): string[] {
    return this.published.map(({ name }) => name);
  }

  /** The messages that were published under this name, as they were at that moment. */
  of(name: string): Readonly<Record<string, unknown>>[] {
    return this.published.filter((one) => one.name === name).map(({ then }) => then);
  }

  clear(): void {
    this.published.length = 0;
  }

  [Symbol.dispose](): void {
    for (const [name, listener] of this.#listeners) unsubscribe(name, listener);
  }
}
