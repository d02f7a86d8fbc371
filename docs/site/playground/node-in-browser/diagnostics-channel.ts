/** The part of `node:diagnostics_channel` by which sessions publish what they do, and the inspector hears it. */

type Listener = (message: unknown, name: string) => void;

class Channel {
  readonly name: string;
  readonly #listeners = new Set<Listener>();

  constructor(name: string) {
    this.name = name;
  }

  get hasSubscribers(): boolean {
    return this.#listeners.size > 0;
  }

  subscribe(listener: Listener): void {
    this.#listeners.add(listener);
  }

  unsubscribe(listener: Listener): boolean {
    return this.#listeners.delete(listener);
  }

  publish(message: unknown): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(message, this.name);
      } catch (error) {
        reportError(error); // As Node does: it harms no one who publishes.
      }
    }
  }

  runStores<Result>(message: unknown, run: () => Result): Result {
    this.publish(message);
    return run();
  }
}

const channels = new Map<string, Channel>();

export function channel(name: string): Channel {
  const known = channels.get(name) ?? new Channel(name);
  channels.set(name, known);
  return known;
}

export function subscribe(name: string, listener: Listener): void {
  channel(name).subscribe(listener);
}

export function unsubscribe(name: string, listener: Listener): boolean {
  return channel(name).unsubscribe(listener);
}

const MOMENTS = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;

export function tracingChannel(name: string): Readonly<Record<(typeof MOMENTS)[number], Channel>> {
  const moments = MOMENTS.map((moment) => [moment, channel(`tracing:${name}:${moment}`)] as const);
  return Object.fromEntries(moments) as Record<(typeof MOMENTS)[number], Channel>;
}
