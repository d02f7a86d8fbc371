/**
 * The state of the page: updated by one stream of messages, and by the request that selects the watched session. Both use the server of
 * the inspector, or its replacement in the same page. Listeners are called at most once for each frame that the browser draws.
 */
import type {
  CountSample,
  FleetView,
  Hello,
  Message,
  SessionDetail,
  SessionEventView,
  SessionRow,
  UtteranceView,
  WatchRequest,
} from '../protocol.js';
import { SpeechPlayer } from './speech-player.js';

const MAX_SAMPLES = 300;
const MAX_EVENTS = 500;
/** The interval in which the server is tried again, milliseconds. */
const AGAIN_AFTER_MS = 1_000;

/** `refused`: a server answers, but does not accept the token. */
export type Link = 'connecting' | 'live' | 'lost' | 'refused';

/** Requests the details of a session. */
type Watch = (request: WatchRequest) => Promise<void>;

async function watchAtServer(request: WatchRequest): Promise<void> {
  await fetch('watch', { method: 'POST', body: JSON.stringify(request) });
}

export class Store {
  link: Link = 'connecting';
  hello: Hello | undefined;
  /** Rows in the order of their arrival. */
  readonly rows = new Map<string, SessionRow>();
  readonly samples: CountSample[] = [];
  keptBytes = 0;
  fleets: readonly FleetView[] = [];
  selected: string | undefined;
  events: readonly SessionEventView[] = [];
  utterances: readonly UtteranceView[] = [];
  readonly player = new SpeechPlayer();
  /** Incremented with every change. */
  version = 0;
  #aheadMs = 0;
  #source: EventSource | undefined;
  readonly #listeners = new Set<() => void>();
  #isDue = false;
  readonly #requestWatch: Watch;

  constructor(requestWatch: Watch = watchAtServer) {
    this.#requestWatch = requestWatch;
  }

  /** The clock of the process. */
  get nowMs(): number {
    return Date.now() + this.#aheadMs;
  }

  get row(): SessionRow | undefined {
    return this.selected === undefined ? undefined : this.rows.get(this.selected);
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  connect(): void {
    const source = new EventSource('events');
    this.#source = source;
    source.onmessage = ({ data }: MessageEvent<string>) => this.take(JSON.parse(data) as Message);
    source.onerror = () => {
      this.#source = undefined;
      source.close();
      if (this.link !== 'refused') this.link = 'lost';
      this.#changed();
      setTimeout(() => void this.#again(), AGAIN_AFTER_MS);
    };
  }

  select(id: string | undefined): void {
    if (id === this.selected) return;
    this.selected = id;
    this.#forgetDetail();
    void this.#watch();
    this.#changed();
  }

  /** An EventSource does not report why it has failed, but a request does. */
  async #again(): Promise<void> {
    if (this.#source !== undefined) return;
    try {
      const { status } = await fetch('./', { cache: 'no-store' });
      if (status === 403) {
        this.link = 'refused';
        this.#changed();
      } else if (status === 200) {
        this.link = 'connecting';
        this.connect();
        return;
      }
    } catch {
      this.link = 'lost';
    }
    setTimeout(() => void this.#again(), AGAIN_AFTER_MS);
  }

  async #watch(): Promise<void> {
    if (this.hello === undefined || this.link !== 'live') return;
    try {
      await this.#requestWatch({ stream: this.hello.stream, session: this.selected ?? null });
    } catch {
      // The stream notices that as well, and the next hello repeats the request.
    }
  }

  take(message: Message): void {
    const { hello, nowMs, rows, gone, sample, processKeptBytes, fleets, detail } = message;
    this.#aheadMs = nowMs - Date.now();
    if (hello !== undefined) this.#begin(hello);
    for (const row of rows ?? []) {
      const known = this.rows.get(row.id);
      this.rows.set(row.id, { ...known, ...row } as SessionRow);
    }
    for (const id of gone ?? []) {
      this.rows.delete(id);
      if (id === this.selected) this.select(undefined);
    }
    if (sample !== undefined) {
      this.samples.push(sample);
      if (this.samples.length > MAX_SAMPLES) this.samples.shift();
    }
    if (fleets !== undefined) this.fleets = fleets;
    if (processKeptBytes !== undefined) this.keptBytes = processKeptBytes;
    if (detail?.id === this.selected && detail !== undefined) this.#takeDetail(detail);
    if (hello !== undefined) this.#chooseFirst();
    this.#changed();
  }

  #begin(hello: Hello): void {
    this.link = 'live';
    this.hello = hello;
    this.rows.clear();
    this.samples.splice(0, this.samples.length, ...hello.samples);
  }

  /** The previous selection stays; a single session is selected by itself. */
  #chooseFirst(): void {
    if (this.selected !== undefined && !this.rows.has(this.selected)) {
      this.selected = undefined;
      this.#forgetDetail();
    }
    const [first] = this.rows.keys();
    if (this.selected === undefined && this.rows.size === 1) this.select(first);
    else void this.#watch();
  }

  #takeDetail({ anew, events, utterances, speech }: SessionDetail): void {
    if (anew === true) this.#forgetDetail();
    if (events !== undefined) this.events = [...this.events, ...events].slice(-MAX_EVENTS);
    if (utterances !== undefined) this.utterances = utterances;
    if (speech !== undefined) this.player.take(speech);
  }

  #forgetDetail(): void {
    this.events = [];
    this.utterances = [];
    this.player.clear();
  }

  #changed(): void {
    this.version += 1;
    if (this.#isDue) return;
    this.#isDue = true;
    const tell = (): void => {
      if (!this.#isDue) return;
      this.#isDue = false;
      for (const listener of this.#listeners) listener();
    };
    // A page in the background draws no frames.
    if (document.hidden) setTimeout(tell, 0);
    else requestAnimationFrame(tell);
  }
}
