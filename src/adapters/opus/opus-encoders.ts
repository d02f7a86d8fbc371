/**
 * Opus encoders for sessions that encode their audio themselves: those of the application, or those of the optional package `@evan/opus`,
 * which is imported when the first such session starts, once for a process. The package has native code for the common platforms and
 * WebAssembly for all others. Independent of Ogg and of sessions.
 */
import type { OpusEncoder, OpusEncoderSettings } from '../../core/utterance/ogg-opus-stream.js';

const PACKAGE = '@evan/opus';
/** `OPUS_GET_LOOKAHEAD` and `OPUS_SET_BITRATE` of libopus. */
const GET_LOOKAHEAD = 4027;
const SET_BITRATE = 4002;

/** Makes the encoder of one stream. */
export type CreateOpusEncoder = (settings: OpusEncoderSettings) => OpusEncoder;

/** The parts of the package that this file uses. */
interface EvanOpus {
  readonly Encoder: new (options: {
    readonly channels: 1;
    readonly sample_rate: number;
    readonly application: string;
  }) => {
    ctl(command: number, value?: number): number;
    encode(pcm: Uint8Array): Uint8Array;
  };
}

let ofPackage: CreateOpusEncoder | undefined;

/** Inside a `try`: a bundler that does not find the package then only warns; it would refuse an import outside of a `try`. */
async function importPackage(): Promise<unknown> {
  try {
    return await import('@evan/opus');
    // oxlint-disable-next-line no-useless-catch -- bundlers look for it
  } catch (error) {
    throw error;
  }
}

/** @throws Error with the command that installs the package, if it is missing */
export async function loadFrom(load: () => Promise<unknown>): Promise<CreateOpusEncoder> {
  const imported = await load().catch((cause: unknown) => {
    throw new Error(`encoding Ogg Opus needs the package ${PACKAGE}: npm install ${PACKAGE}`, { cause });
  });
  const { Encoder } = imported as EvanOpus;
  return ({ sampleRateHz, application, bitrate }) => {
    const encoder = new Encoder({ channels: 1, sample_rate: sampleRateHz, application });
    if (bitrate !== undefined) encoder.ctl(SET_BITRATE, bitrate);
    return {
      lookaheadSamples: encoder.ctl(GET_LOOKAHEAD),
      encode: (pcm) => encoder.encode(pcm),
    };
  };
}

export class OpusEncoders {
  /** Encoders of the application; undefined: those of the package. */
  readonly #create: CreateOpusEncoder | undefined;
  readonly settings: OpusEncoderSettings;

  constructor(settings: OpusEncoderSettings, create: CreateOpusEncoder | undefined) {
    this.settings = settings;
    this.#create = create;
  }

  get isLoaded(): boolean {
    return (this.#create ?? ofPackage) !== undefined;
  }

  /** Rejects with an Error that has the install command if the package is missing; the next call tries again. */
  async load(): Promise<void> {
    ofPackage ??= await loadFrom(importPackage);
  }

  /** A new encoder. Must be called only if `isLoaded`. @throws what the application's function throws */
  create(): OpusEncoder {
    const create = this.#create ?? ofPackage;
    if (create === undefined) throw new Error('the Opus encoder has not been loaded');
    return create(this.settings);
  }
}
