/** Everything that is published on the channels while it is open, in order. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { CHANNELS } from '../../src/index.js';
import type { ChannelMessage } from '../../src/index.js';

export const OPERATION_CHANNELS = [CHANNELS.dial, CHANNELS.token, CHANNELS.utterance] as const;
const COURSE = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

/** Every name that can be given to `subscribe`: `avatarkit-session:state`, `tracing:avatarkit-session:dial:start`. */
export const CHANNEL_NAMES: readonly string[] = Object.values(CHANNELS).flatMap((name) =>
  (OPERATION_CHANNELS as readonly string[]).includes(name)
    ? COURSE.map((moment) => `tracing:${name}:${moment}`)
    : [name],
);

export interface Published {
  /** `state`, `dial:start`, … */
  readonly name: string;
  /** The object itself; of an operation as it is by now. */
  readonly message: ChannelMessage & Readonly<Record<string, unknown>>;
  /** As it was when it was published. */
  readonly then: Readonly<Record<string, unknown>>;
}

export class ChannelRecord implements Disposable {
  readonly published: Published[] = [];
  readonly #listeners: readonly (readonly [string, (message: unknown) => void])[];

  /** @param names all of them by default */
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

  /** What was published under this name, as it was then. */
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
