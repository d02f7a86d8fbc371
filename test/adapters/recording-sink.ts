/** A sink that records its calls, and on which a test can wait for a condition instead of a time. */
import type { TransportSink } from '../../src/ports/transport.js';

export type SinkEvent =
  | { readonly kind: 'message'; readonly data: Uint8Array | string }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string; readonly cause: unknown }
  | { readonly kind: 'violated'; readonly message: string; readonly cause: unknown }
  | { readonly kind: 'drained' }
  | { readonly kind: 'heard' };

export class RecordingSink implements TransportSink {
  readonly events: SinkEvent[] = [];
  private readonly waiting: { readonly met: () => boolean; readonly resolve: () => void }[] = [];

  message(data: Uint8Array | string): void {
    this.record({ kind: 'message', data });
  }

  closed(code: number, reason: string, cause?: unknown): void {
    this.record({ kind: 'closed', code, reason, cause });
  }

  violated(message: string, cause?: unknown): void {
    this.record({ kind: 'violated', message, cause });
  }

  drained(): void {
    this.record({ kind: 'drained' });
  }

  heard(): void {
    this.record({ kind: 'heard' });
  }

  get kinds(): readonly SinkEvent['kind'][] {
    return this.events.map(({ kind }) => kind);
  }

  /** The messages, with bytes as plain arrays, so that a test compares only their values and not their class. */
  get messages(): readonly (string | readonly number[])[] {
    return this.events.flatMap((event) =>
      event.kind === 'message' ? [typeof event.data === 'string' ? event.data : [...event.data]] : [],
    );
  }

  async until(kind: SinkEvent['kind'], times = 1): Promise<void> {
    const met = (): boolean => this.kinds.filter((known) => known === kind).length >= times;
    if (!met()) await new Promise<void>((resolve) => this.waiting.push({ met, resolve }));
  }

  private record(event: SinkEvent): void {
    this.events.push(event);
    for (const { met, resolve } of this.waiting) if (met()) resolve();
  }
}
