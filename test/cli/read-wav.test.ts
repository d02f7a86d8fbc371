import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/cli/command.js';
import { readWav } from '../../src/cli/read-wav.js';
import { chunk, extensibleFormat, formatBytes, joined, wavBytes } from './wav-bytes.js';

const pcm = Uint8Array.from({ length: 640 }, (_, at) => at % 251);

describe('the samples of a WAV file', () => {
  it('are what follows the header', () => {
    expect(readWav(wavBytes({ pcm }))).toEqual({ sampleRate: 16_000, pcm, durationMs: 20 });
  });

  it.each([8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000])('may have %i Hz', (sampleRate) => {
    expect(readWav(wavBytes({ sampleRate, pcm }))).toMatchObject({
      sampleRate,
      durationMs: (320 / sampleRate) * 1_000,
    });
  });

  it.each([
    ['a LIST chunk before them', { before: [chunk('LIST', new Uint8Array(26))] }],
    ['a chunk of odd size before them', { before: [chunk('LIST', new Uint8Array(7))] }],
    ['a format of 18 bytes', { fmt: new Uint8Array([...formatBytes(), 0, 0]) }],
    ['WAVE_FORMAT_EXTENSIBLE around PCM', { fmt: extensibleFormat(1) }],
    ['a size that a pipe could not know (0xffffffff)', { dataSize: 0xffffffff }],
    ['a size that espeak-ng writes to a pipe', { dataSize: 0x7ffff000 }],
  ])('are found with %s', (_, parts) => {
    expect(readWav(wavBytes({ ...parts, pcm })).pcm).toEqual(pcm);
  });

  it('end where the data chunk ends, not where the file does', () => {
    const file = joined([wavBytes({ pcm }), chunk('LIST', new Uint8Array(40))]);
    expect(readWav(file).pcm).toEqual(pcm);
  });

  it('are read from the middle of a larger buffer too', () => {
    const file = joined([Uint8Array.of(1, 2, 3), wavBytes({ pcm })]);
    expect(readWav(file.subarray(3)).pcm).toEqual(pcm);
  });
});

describe('a file that can not be used is refused in one line', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /^the file is empty$/],
    ['text', Buffer.from('This is no audio at all'), /^not a WAV file$/],
    ['three bytes', Buffer.from('RIF'), /^not a WAV file$/],
    ['RIFF without WAVE', chunk('RIFF', Buffer.from('AVI LIST')), /^not a WAV file$/],
    ['RF64', chunk('RF64', Buffer.from('WAVE')), /^RF64 files are not supported/],
    ['stereo', wavBytes({ channels: 2 }), /is stereo, mono is needed/],
    ['six channels', wavBytes({ channels: 6 }), /is 6 channels, mono is needed/],
    ['8-bit samples', wavBytes({ bits: 8 }), /has 8-bit samples, 16-bit ones are needed/],
    ['24-bit samples', wavBytes({ bits: 24 }), /has 24-bit samples/],
    ['float samples', wavBytes({ tag: 3, bits: 32 }), /holds float, not PCM/],
    ['extensible float', wavBytes({ fmt: extensibleFormat(3) }), /holds float, not PCM/],
    ['an unknown format', wavBytes({ tag: 0x1234 }), /holds format 0x1234, not PCM/],
    [
      '11025 Hz',
      wavBytes({ sampleRate: 11_025 }),
      /has 11025 Hz, the service takes 8000, .*48000; resample it/,
    ],
    ['no samples', wavBytes({ pcm: new Uint8Array(0) }), /holds no audio/],
    ['half a sample', wavBytes({ pcm: new Uint8Array(641) }), /ends in half a sample: 641 bytes/],
    [
      'less than it says',
      wavBytes({ pcm, dataSize: 1_000 }),
      /truncated: it says 1000 bytes of audio and holds 640/,
    ],
    [
      'data before the format',
      chunk('RIFF', Buffer.concat([Buffer.from('WAVE'), chunk('data', pcm)])),
      /no fmt chunk/,
    ],
    ['a header alone', wavBytes().subarray(0, 12), /truncated: it holds no fmt chunk/],
    ['half a format', wavBytes().subarray(0, 30), /truncated: its fmt chunk is incomplete/],
    ['a format alone', wavBytes().subarray(0, 36), /truncated: it holds no data chunk/],
  ])('%s', (_, bytes, message) => {
    const refused = (): unknown => readWav(bytes);
    expect(refused).toThrow(InputError);
    expect(refused).toThrow(message);
  });

  it('wherever it was cut', () => {
    const whole = wavBytes({ pcm, before: [chunk('LIST', new Uint8Array(7))] });
    for (let length = 0; length < whole.length; length++) {
      expect(() => readWav(whole.subarray(0, length))).toThrow(InputError);
    }
  });
});
