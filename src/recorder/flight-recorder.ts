/**
 * One flight recorder: subscribes to the channels, observes the connections, and writes lines. Its failures
 * affect neither a session nor the process.
 */
import { REAL_TIME } from '../adapters/node/runtime-sources.js';
import { PACKAGE_VERSION } from '../adapters/token/http-token-source.js';
import { listen } from '../client/events/channel-listener.js';
import { WIRE_TAPS } from '../client/loop/dial.js';
import { configOf } from '../client/options/session-config.js';
import { AvatarSDKError } from '../core/failure/avatar-sdk-error.js';
import type { Clock } from '../ports/clock.js';
import { channelLines, DialNumbers } from './channel-lines.js';
import type { WriteLine } from './channel-lines.js';
import { FORMAT, FORMAT_VERSION } from './line-kinds.js';
import type { RecordFacts, RecordKind } from './flight-record.js';
import { onProcessEnd } from './process-end.js';
import type { LineSink } from './record-file.js';
import { wireLines } from './wire-lines.js';

const FLUSH_EVERY_MS = 500;
/** A longer line is dropped: a message of 128 KiB with its facts fits. */
const MAX_LINE_CHARACTERS = 256 * 1_024;
/** The part of a line with kind and number. */
const MAX_LINE_HEAD_BYTES = 64;
const MAX_NAME_CHARACTERS = 64;

type TappedDial = Parameters<Parameters<typeof WIRE_TAPS.add>[0]>[0];

/** A session, with the line that describes it. */
interface Described {
  readonly identity: object;
  text(): string;
}

export class FlightRecorder {
  droppedLines = 0;
  readonly #payload: boolean;
  readonly #clock: Pick<Clock, 'epochMs'>;
  readonly #sink: LineSink;
  readonly #dials = new DialNumbers();
  /** Sessions whose describing line is in this part of the record. */
  #described = new WeakSet<object>();
  readonly #undo: (() => void)[];
  readonly #timer: NodeJS.Timeout;
  #seq = 0;
  /** The part of `droppedLines` that no line has reported yet. */
  #untold = 0;
  #isOver = false;

  /** @throws the errors of `open` */
  constructor(
    payload: boolean,
    clock: Pick<Clock, 'epochMs'>,
    open: (firstLine: (continued: boolean) => string, onFailure: (error: unknown) => void) => LineSink,
  ) {
    this.#payload = payload;
    this.#clock = clock;
    const firstLine = (continued: boolean): string => {
      this.#described = new WeakSet();
      const facts: RecordFacts<'begin'> = {
        format: FORMAT,
        version: FORMAT_VERSION,
        package_version: PACKAGE_VERSION,
        node: process.versions.node,
        platform: `${process.platform} ${process.arch}`,
        payload,
        continued,
      };
      return this.#numbered('begin', this.#textOf(facts));
    };
    this.#sink = open(firstLine, (error) => this.#failed(error));
    const write = this.#write.bind(this);
    this.#undo = [
      listen(channelLines(write, this.#dials, () => this.flush())),
      WIRE_TAPS.add((dial) => this.#tap(dial)),
      onProcessEnd({
        uncaught: (error) => this.#uncaught(error),
        exiting: (exitCode) => this.#end({ reason: 'exit', exit_code: exitCode }),
      }),
    ];
    this.#timer = REAL_TIME.setTimeout(() => this.#flushLater(), FLUSH_EVERY_MS).unref();
  }

  flush(): void {
    if (!this.#isOver) this.#attempt(() => this.#sink.flush());
  }

  close(): Promise<void> {
    this.#end({ reason: 'closed' });
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #flushLater(): void {
    this.flush();
    this.#timer.refresh();
  }

  #end(facts: RecordFacts<'end'>): void {
    if (this.#isOver) return;
    this.#write('end', facts);
    this.#stop();
  }

  #stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    for (const end of this.#undo) end();
    try {
      this.#sink.close();
    } catch (error) {
      warn(error);
    }
  }

  /** The message may contain anything: only errors of this package are redacted. */
  #uncaught(error: unknown): void {
    const { name, code } = Object(error) as { readonly name?: unknown; readonly code?: unknown };
    const isOurs = AvatarSDKError.is(error);
    this.#write('uncaught', {
      name: typeof name === 'string' ? name.slice(0, MAX_NAME_CHARACTERS) : typeof error,
      code: typeof code === 'string' ? code.slice(0, MAX_NAME_CHARACTERS) : undefined,
      error: isOurs ? error.toJSON() : undefined,
    });
    this.flush();
  }

  #tap({ course, sessionId, identity, options, shown }: TappedDial): ReturnType<typeof wireLines> {
    const session: Described = {
      identity,
      text: () => this.#textOf({ session_id: sessionId, config: { ...configOf(options) } }),
    };
    this.#attempt(() => this.#describe(session));
    const write: WriteLine = (kind, facts) => this.#write(kind, facts, session);
    const dial = this.#dials.of(course);
    return wireLines({ write, sessionId, dial, shown, payload: this.#payload });
  }

  /** @param session its describing line is written before this one, once per file */
  #write<Kind extends RecordKind>(kind: Kind, facts: RecordFacts<Kind>, session?: Described): void {
    if (this.#isOver) return;
    this.#attempt(() => {
      const whole = this.#textOf(facts);
      // A message that is too large is written without its bytes.
      const isTooLong = 'payload' in facts && whole.length + MAX_LINE_HEAD_BYTES > this.#sink.maxLineBytes;
      const text = isTooLong ? this.#textOf({ ...facts, payload: undefined }) : whole;
      const isNew = session !== undefined && !this.#described.has(session.identity);
      // Before the line gets its number, because another file begins with a line of its own.
      this.#makeRoom(isNew ? [text, session.text()] : [text]);
      if (this.#untold > 0 && this.#put('dropped', this.#textOf({ lines: this.#untold }))) this.#untold = 0;
      if (session !== undefined) this.#describe(session);
      if (this.#put(kind, text)) return;
      this.droppedLines += 1;
      this.#untold += 1;
    });
  }

  /** If it can't be written now, it is written before the next message. */
  #describe(session: Described): void {
    if (this.#isOver || this.#described.has(session.identity)) return;
    const text = session.text();
    this.#makeRoom([text]);
    if (this.#put('session', text)) this.#described.add(session.identity);
  }

  #makeRoom(texts: readonly string[]): void {
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + MAX_LINE_HEAD_BYTES, 0);
    this.#sink.makeRoom(bytes);
  }

  #put(kind: RecordKind, text: string): boolean {
    return text.length <= MAX_LINE_CHARACTERS && this.#sink.add(this.#numbered(kind, text));
  }

  #numbered(kind: RecordKind, text: string): string {
    this.#seq += 1;
    return `{"kind":"${kind}","seq":${this.#seq},${text}`;
  }

  /** A line without its head. */
  #textOf(facts: object): string {
    return `${JSON.stringify({ at_ms: this.#clock.epochMs(), ...facts }).slice(1)}\n`;
  }

  #attempt(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (this.#isOver) return;
    this.droppedLines += 1;
    warn(error);
    this.#stop();
  }
}

function warn(error: unknown): void {
  const what = error instanceof Error ? error.message : String(error);
  process.emitWarning(`the flight record of avatar sessions ends: ${what}`, 'AvatarKitRecorderWarning');
}
