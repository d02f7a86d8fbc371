/**
 * The samples of a WAV file: walks the RIFF chunks, checks that it is what the service takes (mono, 16-bit
 * PCM, one of its rates), and gives the bytes after the header. Reads no file and converts nothing.
 */
import { PCM_SAMPLE_RATES_HZ } from '../core/utterance/audio-rails.js';
import { InputError } from './command.js';

export interface WavAudio {
  readonly sampleRate: number;
  /** Mono s16le samples, a view of the file's bytes. */
  readonly pcm: Uint8Array;
  readonly durationMs: number;
}

const CHUNK_HEADER_BYTES = 8;
const FORMAT_BYTES = 16;
const EXTENSIBLE_FORMAT_BYTES = 40;
const PCM = 0x0001;
const EXTENSIBLE = 0xfffe;
/** What follows the format tag in the sub-format of WAVE_FORMAT_EXTENSIBLE: the fixed part of the GUID. */
const SUB_FORMAT_TAIL = '000000001000800000aa00389b71';
/** Programs that write to a pipe do not know the length, and write the largest number instead. */
const UNKNOWN_LENGTH = 0x7fff0000;
const KNOWN_FORMATS: Readonly<Record<number, string | undefined>> = {
  0x0003: 'float',
  0x0006: 'A-law',
  0x0007: 'µ-law',
  0x0055: 'MP3',
};

/** @throws InputError saying what is wrong and, where there is one, a way out */
export function readWav(bytes: Uint8Array): WavAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 0) throw new InputError('the file is empty');
  const magic = fourCharacters(view, 0);
  if (magic === 'RIFX' || magic === 'RF64') {
    throw new InputError(`${magic} files are not supported, only RIFF ones; convert it first`);
  }
  if (magic !== 'RIFF' || fourCharacters(view, 8) !== 'WAVE') throw new InputError('not a WAV file');

  let sampleRate: number | undefined;
  for (let at = 12; at + CHUNK_HEADER_BYTES <= bytes.length;) {
    const id = fourCharacters(view, at);
    const size = view.getUint32(at + 4, true);
    const from = at + CHUNK_HEADER_BYTES;
    if (id === 'fmt ') sampleRate = checkedRate(view, from, size);
    if (id === 'data') {
      if (sampleRate === undefined)
        throw new InputError('not a usable WAV file: no fmt chunk before the data');
      return withSamples(bytes, from, size, sampleRate);
    }
    // Chunks begin at even places; the padding byte is not part of the size.
    at = from + size + (size % 2);
  }
  const missing = sampleRate === undefined ? 'fmt' : 'data';
  throw new InputError(`the WAV file is truncated: it holds no ${missing} chunk`);
}

function checkedRate(view: DataView, at: number, size: number): number {
  if (size < FORMAT_BYTES || at + size > view.byteLength) {
    throw new InputError('the WAV file is truncated: its fmt chunk is incomplete');
  }
  const format = pcmOrOther(view, at, size);
  const channels = view.getUint16(at + 2, true);
  const sampleRate = view.getUint32(at + 4, true);
  const bits = view.getUint16(at + 14, true);
  if (format !== PCM) {
    const name = KNOWN_FORMATS[format] ?? `format 0x${format.toString(16).padStart(4, '0')}`;
    throw new InputError(`the WAV file holds ${name}, not PCM; convert it to 16-bit PCM`);
  }
  if (channels !== 1) {
    const name = channels === 2 ? 'stereo' : `${channels} channels`;
    throw new InputError(`the WAV file is ${name}, mono is needed; mix it down first`);
  }
  if (bits !== 16) throw new InputError(`the WAV file has ${bits}-bit samples, 16-bit ones are needed`);
  if (!PCM_SAMPLE_RATES_HZ.includes(sampleRate)) {
    throw new InputError(
      `the WAV file has ${sampleRate} Hz, the service takes ${PCM_SAMPLE_RATES_HZ.join(', ')}; resample it first`,
    );
  }
  return sampleRate;
}

/** The format tag, read through WAVE_FORMAT_EXTENSIBLE where its sub-format is one of the ordinary tags. */
function pcmOrOther(view: DataView, at: number, size: number): number {
  const tag = view.getUint16(at, true);
  if (tag !== EXTENSIBLE || size < EXTENSIBLE_FORMAT_BYTES) return tag;
  let tail = '';
  for (let index = 26; index < EXTENSIBLE_FORMAT_BYTES; index++) {
    tail += view
      .getUint8(at + index)
      .toString(16)
      .padStart(2, '0');
  }
  return tail === SUB_FORMAT_TAIL ? view.getUint16(at + 24, true) : tag;
}

function withSamples(bytes: Uint8Array, from: number, size: number, sampleRate: number): WavAudio {
  const present = bytes.length - from;
  const streamed = size >= UNKNOWN_LENGTH && present < size;
  if (!streamed && present < size) {
    throw new InputError(`the WAV file is truncated: it says ${size} bytes of audio and holds ${present}`);
  }
  const length = streamed ? present - (present % 2) : size;
  if (length === 0) throw new InputError('the WAV file holds no audio');
  if (length % 2 !== 0) throw new InputError(`the WAV file ends in half a sample: ${length} bytes of audio`);
  return {
    sampleRate,
    pcm: bytes.subarray(from, from + length),
    durationMs: (length / 2 / sampleRate) * 1_000,
  };
}

function fourCharacters(view: DataView, at: number): string {
  if (at + 4 > view.byteLength) return '';
  return String.fromCharCode(...[0, 1, 2, 3].map((offset) => view.getUint8(at + offset)));
}
