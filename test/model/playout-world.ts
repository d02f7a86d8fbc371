/**
 * The books of one utterance that is played in a room: the service says how far the room has heard it, sometimes wrongly,
 * and after a cut only what was not heard is sent again.
 */
import { SAMPLE_BYTES } from '../../src/core/utterance/sample-aligner.js';
import { KEYFRAMES_PER_SECOND, KEYFRAME_MS, restartRun } from '../../src/core/utterance/recovery.js';
import { UtteranceLedger } from '../../src/core/utterance/utterance-ledger.js';
import { must } from './must.js';
import type { World } from './replay-model.js';

const SAMPLES = 4;
const CUTS = 2;
/** One sample at the rate of this world. */
const SAMPLE_MS = KEYFRAME_MS;

export class PlayoutWorld implements World {
  readonly #ledger = new UtteranceLedger('own');
  #said = 0;
  #endAsked = false;
  #endHeard = false;
  /** Where the current run began, and what the service has heard of it: places in the utterance. */
  #runFrom = 0;
  #heard = 0;
  /** The furthest place that the service has named. */
  #claimed = 0;
  #cuts = 0;

  actions(): string[] {
    const positions = [0, 1, this.#heard, this.#heard + 1];
    return [
      ...(this.#endAsked ? [] : ['end']),
      ...(!this.#endAsked && this.#said < SAMPLES ? ['say'] : []),
      ...(this.#waits() ? ['take'] : []),
      ...[...new Set(positions)].map((position) => `played ${position}`),
      ...(this.#cuts < CUTS ? ['cut'] : []),
    ];
  }

  play(action: string): void {
    const [what = '', position = ''] = action.split(' ');
    if (what === 'end') this.#end();
    else if (what === 'say') this.#ledger.append(new Uint8Array(SAMPLE_BYTES).fill(this.#said++));
    else if (what === 'take') this.#take();
    else if (what === 'played') {
      this.#ledger.played(Number(position) * SAMPLE_MS);
      this.#claimed = Math.max(this.#claimed, this.#runFrom + Number(position));
    } else this.#cut();
    must(this.#ledger.playedMs === this.#claimed * SAMPLE_MS, 'the room never goes back');
    const keptBytes = (this.#said - this.#runFrom) * SAMPLE_BYTES;
    must(this.#ledger.audioBytes === keptBytes, 'all that was not heard is kept');
  }

  key(): string {
    const run = [this.#runFrom, this.#heard, this.#endHeard, this.#claimed, this.#cuts];
    return [this.#said, this.#endAsked, this.#ledger.begun, ...run].join();
  }

  finish(): void {
    if (!this.#endAsked) this.#end();
    while (this.#waits()) this.#take();
    must(this.#runFrom + this.#heard === this.#said, 'the service gets it to the end');
    must(this.#ledger.takeNext() === undefined, 'nothing goes out after the end');
  }

  #waits(): boolean {
    return this.#runFrom + this.#heard < this.#said || (this.#endAsked && !this.#endHeard);
  }

  #end(): void {
    this.#endAsked = true;
    this.#ledger.askEnd();
  }

  #take(): void {
    const message = this.#ledger.takeNext(SAMPLE_BYTES);
    must(message !== undefined, 'what waits goes out');
    const [place] = message.audio;
    if (place !== undefined) {
      must(place === this.#runFrom + this.#heard, 'the service gets every sample in order');
      this.#heard += 1;
    }
    this.#endHeard = message.end;
    const all = this.#endAsked && this.#runFrom + this.#heard === this.#said;
    must(message.end === all, 'the end rides on the last of the audio');
  }

  #cut(): void {
    this.#cuts += 1;
    const sent = this.#runFrom + this.#heard;
    const traits = {
      recovery: 'tail',
      sampleRate: KEYFRAMES_PER_SECOND,
      wholeSamples: true,
      leadInMs: 40,
    } as const;
    const restart = restartRun(this.#ledger, { ...traits, usesEgress: true }, () => `run ${this.#cuts}`);
    if (restart.action === 'nothing') return;
    must(restart.action === 'resend', 'what is kept is sent again');
    // What has not gone out can't have been played, whatever the service says.
    this.#claimed = Math.min(this.#claimed, sent);
    must(restart.from.ms === this.#claimed * SAMPLE_MS, 'it goes on where the room was');
    this.#runFrom = this.#claimed;
    this.#heard = 0;
    this.#endHeard = false;
  }
}
