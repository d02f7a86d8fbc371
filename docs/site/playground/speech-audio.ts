/** What the playground says: the speech of the examples, or a tone that swells where that can't be loaded. PCM, 16 bits, mono. */

export interface SpeechAudio {
  readonly pcm: Uint8Array;
  readonly sampleRateHz: number;
}

const TONE = { sampleRateHz: 16_000, seconds: 6, hz: 180, syllablesPerSecond: 3 };

export async function loadSpeech(url: string): Promise<SpeechAudio> {
  try {
    const answer = await fetch(url);
    return answer.ok ? readWav(new Uint8Array(await answer.arrayBuffer())) : tone();
  } catch {
    return tone();
  }
}

/** The `data` chunk of a RIFF file. */
function readWav(bytes: Uint8Array): SpeechAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const name = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  let sampleRateHz = TONE.sampleRateHz;
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = view.getUint32(at + 4, true);
    if (name(at) === 'fmt ') sampleRateHz = view.getUint32(at + 12, true);
    if (name(at) === 'data') return { pcm: bytes.slice(at + 8, at + 8 + size), sampleRateHz };
    at += 8 + size + (size % 2);
  }
  return tone();
}

export function tone(): SpeechAudio {
  const { sampleRateHz, seconds, hz, syllablesPerSecond } = TONE;
  const samples = Int16Array.from({ length: sampleRateHz * seconds }, (_, at) => {
    const time = at / sampleRateHz;
    const loudness = Math.max(Math.sin(2 * Math.PI * syllablesPerSecond * time), 0);
    return Math.round(20_000 * loudness * Math.sin(2 * Math.PI * hz * time));
  });
  return { pcm: new Uint8Array(samples.buffer), sampleRateHz };
}
