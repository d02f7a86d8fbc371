/**
 * The accounting of one utterance that is played in a room. The service reports the position that the room
 * has played, sometimes wrongly. After a cut, only audio that was not played is sent again.
 */
import { SAMPLE_BYTES } from '../../src/core/utterance/sample-aligner.js';
import { KEYFRAMES_PER_SECOND, KEYFRAME_MS, restartRun } from '../../src/core/utterance/recovery.js';
import { UtteranceLedger } from '../../src/core/utterance/utterance-ledger.js';
import { must } from './must.js';
import type { World } from './replay-model.js';

const SAMPLES = 4;
const CUTS = 2;
/** The duration of one sample at the rate of this world. */
const SAMPLE_MS = KEYFRAME_MS;

export class PlayoutWorld implements World {
  readonly #ledger = new UtteranceLedger('own');
  #said = 0;
  #endAsked = false;
  #endHeard = false;
  /**
   * Where the current run began, and how many samples of it the service has received. Both are positions in
   * the utterance.
   */
  #runFrom = 0;
  #heard = 0;
  /** The furthest position that the service has reported. */
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
    must(this.#ledger.playedMs === this.#claimed * SAMPLE_MS, 'the position of the room never decreases');
    const keptBytes = (this.#said - this.#runFrom) * SAMPLE_BYTES;
    must(this.#ledger.audioBytes === keptBytes, 'all audio that was not played is kept');
  }

  key(): string {
    const run = [this.#runFrom, this.#heard, this.#endHeard, this.#claimed, this.#cuts];
    return [this.#said, this.#endAsked, this.#ledger.begun, ...run].join();
  }

  finish(): void {
    if (!this.#endAsked) this.#end();
    while (this.#waits()) this.#take();
    must(this.#runFrom + this.#heard === this.#said, 'the service gets the utterance to its end');
    must(this.#ledger.takeNext() === undefined, 'nothing is sent after the end');
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
    must(message !== undefined, 'waiting audio is sent');
    const [place] = message.audio;
    if (place !== undefined) {
      must(place === this.#runFrom + this.#heard, 'the service gets every sample in order');
      this.#heard += 1;
    }
    this.#endHeard = message.end;
    const all = this.#endAsked && this.#runFrom + this.#heard === this.#said;
    must(message.end === all, 'the last message with audio has the end');
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
    must(restart.action === 'resend', 'kept audio is sent again');
    // Audio that was not sent can't have been played, even if the service reports a later position.
    this.#claimed = Math.min(this.#claimed, sent);
    must(restart.from.ms === this.#claimed * SAMPLE_MS, 'the run continues at the position of the room');
    this.#runFrom = this.#claimed;
    this.#heard = 0;
    this.#endHeard = false;
  }
}
