/**
 * Encodes the audio of utterances between their ledgers and the socket: ledgers keep PCM, so that a run can begin at any sample, and each
 * run is an Ogg Opus stream of its own. Must not know sockets, or when audio is sent.
 */
import { OggOpusStream } from '../../core/utterance/ogg-opus-stream.js';
import type { OpusEncoder, OpusEncoderSettings } from '../../core/utterance/ogg-opus-stream.js';
import type { UtteranceLedger } from '../../core/utterance/utterance-ledger.js';

/** Makes encoders for the audio of a session. */
export interface EncoderSource {
  readonly settings: OpusEncoderSettings;
  create(): OpusEncoder;
}

export interface LateEncoderParts {
  readonly encoders: EncoderSource;
  /** Called with the bytes right before they are sent, and the application's id of their request. */
  readonly encoded: ((reqId: string, bytes: Uint8Array) => void) | undefined;
  /** The encoder threw, or made no packet: this run can't be continued. */
  readonly failed: (ledger: UtteranceLedger, thrown: unknown) => void;
}

interface Run {
  readonly wireReqId: string;
  /** Undefined before the first audio. */
  stream: OggOpusStream | undefined;
  failed: boolean;
}

const EMPTY = new Uint8Array(0);

export class LateEncoder {
  readonly #parts: LateEncoderParts;
  readonly #runs = new WeakMap<UtteranceLedger, Run>();
  #streams = 0;

  constructor(parts: LateEncoderParts) {
    this.#parts = parts;
  }

  /** The bytes to send for the next audio of the current run; with `end` all remaining ones. Never throws. */
  encode(ledger: UtteranceLedger, pcm: Uint8Array, end: boolean): Uint8Array {
    const { encoded, failed } = this.#parts;
    const run = this.#runOf(ledger);
    if (run.failed) return EMPTY;
    let bytes: Uint8Array;
    try {
      if (pcm.length > 0) run.stream ??= this.#newStream();
      bytes = run.stream?.push(pcm, end) ?? EMPTY;
    } catch (error) {
      run.failed = true;
      failed(ledger, error);
      return EMPTY;
    }
    if (bytes.length > 0) encoded?.(ledger.reqId, bytes);
    return bytes;
  }

  #runOf(ledger: UtteranceLedger): Run {
    const { wireReqId } = ledger;
    const known = this.#runs.get(ledger);
    if (known?.wireReqId === wireReqId) return known;
    const run: Run = { wireReqId, stream: undefined, failed: false };
    this.#runs.set(ledger, run);
    return run;
  }

  #newStream(): OggOpusStream {
    const { encoders } = this.#parts;
    this.#streams += 1;
    return new OggOpusStream(checked(encoders.create()), { ...encoders.settings, serial: this.#streams });
  }
}

/** Checks an encoder, which may be the application's. */
function checked(encoder: OpusEncoder): OpusEncoder {
  const { lookaheadSamples } = encoder;
  if (!Number.isInteger(lookaheadSamples) || lookaheadSamples < 0) {
    throw new TypeError(`lookaheadSamples must be a whole number from 0, got ${String(lookaheadSamples)}`);
  }
  return {
    lookaheadSamples,
    encode: (pcm) => {
      const packet: unknown = encoder.encode(pcm);
      if (packet instanceof Uint8Array && packet.length > 0) return packet;
      throw new TypeError('encode must return the bytes of a packet as a Uint8Array');
    },
  };
}
