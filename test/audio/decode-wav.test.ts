import { describe, expect, it } from 'vitest';
import { decodeWav } from '../../src/audio/decode-wav.js';
import { chunk, extensibleFormat, formatBytes, joined, wavBytes } from './wav-bytes.js';

const pcm = Uint8Array.from({ length: 640 }, (_, at) => at % 251);

describe('the samples of a WAV file', () => {
  it('are the bytes after the header', () => {
    expect(decodeWav(wavBytes({ pcm }))).toEqual({ sampleRateHz: 16_000, pcm, durationMs: 20 });
  });

  it.each([8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000])(
    'can have a rate of %i Hz',
    (sampleRate) => {
      expect(decodeWav(wavBytes({ sampleRate, pcm }))).toMatchObject({
        sampleRateHz: sampleRate,
        durationMs: (320 / sampleRate) * 1_000,
      });
    },
  );

  it.each([
    ['a LIST chunk before them', { before: [chunk('LIST', new Uint8Array(26))] }],
    ['a chunk of odd size before them', { before: [chunk('LIST', new Uint8Array(7))] }],
    ['a format of 18 bytes', { fmt: new Uint8Array([...formatBytes(), 0, 0]) }],
    ['WAVE_FORMAT_EXTENSIBLE around PCM', { fmt: extensibleFormat(1) }],
    ['the placeholder size of a stream (0xffffffff)', { dataSize: 0xffffffff }],
    ['a size that espeak-ng writes to a pipe', { dataSize: 0x7ffff000 }],
  ])('are found with %s', (_, parts) => {
    expect(decodeWav(wavBytes({ ...parts, pcm })).pcm).toEqual(pcm);
  });

  it('end at the end of the data chunk, not at the end of the file', () => {
    const file = joined([wavBytes({ pcm }), chunk('LIST', new Uint8Array(40))]);
    expect(decodeWav(file).pcm).toEqual(pcm);
  });

  it('are also read from the middle of a larger buffer', () => {
    const file = joined([Uint8Array.of(1, 2, 3), wavBytes({ pcm })]);
    expect(decodeWav(file.subarray(3)).pcm).toEqual(pcm);
  });
});

describe('samples of other kinds', () => {
  /** The same five samples in every encoding. Samples that 16 bits can't represent are rounded. */
  const samples = [0, 0x4000, -0x4000, 0x7f00, -0x8000];
  const written: Readonly<Record<string, (sample: number, view: DataView) => number>> = {
    '1/8': (sample, view) => (view.setUint8(0, (sample >> 8) + 128), 1),
    '1/16': (sample, view) => (view.setInt16(0, sample, true), 2),
    '1/24': (sample, view) => (view.setInt32(0, sample << 8, true), 3),
    '1/32': (sample, view) => (view.setInt32(0, sample << 16, true), 4),
    '3/32': (sample, view) => (view.setFloat32(0, sample / 32_768, true), 4),
    '3/64': (sample, view) => (view.setFloat64(0, sample / 32_768, true), 8),
  };
  const bytesOf = (kind: string, list: readonly number[]): Uint8Array =>
    joined(
      list.map((sample) => {
        const view = new DataView(new ArrayBuffer(8));
        const length = written[kind]?.(sample, view) ?? 0;
        return new Uint8Array(view.buffer, 0, length);
      }),
    );
  const expected = bytesOf('1/16', samples);

  it.each(Object.keys(written))('become 16 bits: format %s bits', (kind) => {
    const [tag = 0, bits = 0] = kind.split('/').map(Number);
    const { pcm: mono } = decodeWav(wavBytes({ tag, bits, pcm: bytesOf(kind, samples) }));
    expect(mono).toEqual(expected);
    const stereo = samples.flatMap((sample) => [sample, sample]);
    const mixed = decodeWav(wavBytes({ tag, bits, channels: 2, pcm: bytesOf(kind, stereo) }));
    expect(mixed).toEqual({ sampleRateHz: 16_000, durationMs: (5 / 16_000) * 1_000, pcm: expected });
  });

  it('are mixed without overflow', () => {
    const stereo = bytesOf('1/16', [32_767, 32_767, -32_768, -32_768, 32_767, -32_767]);
    expect(decodeWav(wavBytes({ channels: 2, pcm: stereo })).pcm).toEqual(
      bytesOf('1/16', [32_767, -32_768, 0]),
    );
  });

  it('beyond the range of a float are clipped, and NaN is silence', () => {
    const floats = new Uint8Array(Float32Array.of(2, -2, NaN, Infinity).buffer);
    expect(decodeWav(wavBytes({ tag: 3, bits: 32, pcm: floats })).pcm).toEqual(
      bytesOf('1/16', [32_767, -32_768, 0, 32_767]),
    );
  });
});

/** A header that declares one byte for a frame of two. */
const contradicting = formatBytes();
contradicting[12] = 1;

describe('a file that is not usable is refused with a message of one line', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /^the file is empty$/],
    ['text', Buffer.from('This is no audio at all'), /^not a WAV file$/],
    ['three bytes', Buffer.from('RIF'), /^not a WAV file$/],
    ['RIFF without WAVE', chunk('RIFF', Buffer.from('AVI LIST')), /^not a WAV file$/],
    ['RF64', chunk('RF64', Buffer.from('WAVE')), /^RF64 files are not supported/],
    ['no channel', wavBytes({ channels: 0 }), /has 0 channels/],
    ['six channels', wavBytes({ channels: 6 }), /has 6 channels, mono or stereo is needed/],
    ['12-bit samples', wavBytes({ bits: 12 }), /has 12-bit samples, one of 8, 16, 24, 32 is needed/],
    ['16-bit floats', wavBytes({ tag: 3, bits: 16 }), /has 16-bit samples, one of 32, 64 is needed/],
    ['A-law', wavBytes({ tag: 6, bits: 8 }), /contains A-law, not PCM or float/],
    ['sizes that contradict each other', wavBytes({ fmt: contradicting }), /contradict each other/],
    ['an unknown format', wavBytes({ tag: 0x1234 }), /contains format 0x1234, not PCM or float/],
    ['7999 Hz', wavBytes({ sampleRate: 7_999 }), /has 7999 Hz, 8000 to 48000 are needed/],
    ['48001 Hz', wavBytes({ sampleRate: 48_001 }), /has 48001 Hz/],
    ['no samples', wavBytes({ pcm: new Uint8Array(0) }), /contains no audio/],
    ['half a sample', wavBytes({ pcm: new Uint8Array(641) }), /ends in half a sample: 641 bytes/],
    [
      'less than it says',
      wavBytes({ pcm, dataSize: 1_000 }),
      /truncated: it says 1000 bytes of audio and has 640/,
    ],
    [
      'data before the format',
      chunk('RIFF', Buffer.concat([Buffer.from('WAVE'), chunk('data', pcm)])),
      /no fmt chunk/,
    ],
    ['a header alone', wavBytes().subarray(0, 12), /truncated: it has no fmt chunk/],
    ['half a format', wavBytes().subarray(0, 30), /truncated: its fmt chunk is incomplete/],
    ['a format alone', wavBytes().subarray(0, 36), /truncated: it has no data chunk/],
  ])('%s', (_, bytes, message) => {
    const refused = (): unknown => decodeWav(bytes);
    expect(refused).toThrow(RangeError);
    expect(refused).toThrow(message);
  });

  it('cut at any position', () => {
    const whole = wavBytes({ pcm, before: [chunk('LIST', new Uint8Array(7))] });
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeWav(whole.subarray(0, length))).toThrow(RangeError);
    }
  });
});
