/**
 * The accounting of one utterance, between an application that writes up to three samples and a service that
 * animates each with one keyframe and may end segments, over connections that are cut. The value of a sample
 * is its position in the utterance, and so is that of a keyframe: so a sample that is out of order, repeated
 * or missing is detected at once.
 */
import { SAMPLE_BYTES } from '../../src/core/utterance/sample-aligner.js';
import {
  KEYFRAMES_PER_SECOND,
  KEYFRAME_MS,
  letGoDelivered,
  restartRun,
} from '../../src/core/utterance/recovery.js';
import type { Recovery, RunTraits } from '../../src/core/utterance/recovery.js';
import { UtteranceLedger } from '../../src/core/utterance/utterance-ledger.js';
import type { OutgoingAudio } from '../../src/core/utterance/utterance-ledger.js';
import { must } from './must.js';
import type { World } from './replay-model.js';

/** What the service has received of the current run. */
interface Run {
  readonly heard: number[];
  animated: number;
  endHeard: boolean;
  firstSample: number;
}

const SAMPLES = 3;
const CUTS = 2;

export class UtteranceWorld implements World {
  readonly #ledger = new UtteranceLedger('own');
  readonly #leadIn: number;
  /** The number of samples that the application has written, and the keyframes that it got. */
  #said = 0;
  #endAsked = false;
  readonly #got: number[] = [];
  #run: Run = { heard: [], animated: 0, endHeard: false, firstSample: 0 };
  #cuts = 0;
  #ended = false;
  #givenUp = false;
  #keeping = true;

  readonly #traits: RunTraits;

  /** @param leadIn the number of keyframes that are sent again before the first missing one */
  constructor(recovery: Recovery, leadIn: number) {
    const rate = { sampleRate: KEYFRAMES_PER_SECOND, wholeSamples: true, usesEgress: false };
    this.#traits = { ...rate, recovery, leadInMs: leadIn * KEYFRAME_MS };
    this.#leadIn = recovery === 'tail' ? leadIn : SAMPLES;
  }

  actions(): string[] {
    if (this.#ended || this.#givenUp) return [];
    const { heard, animated, endHeard } = this.#run;
    const silent = heard.length - animated;
    // Audio bypasses the ledger only if nothing waits in it, as in the session.
    const direct = heard.length + this.#run.firstSample === this.#said && !endHeard;
    return [
      ...(this.#endAsked ? [] : ['end']),
      ...(!this.#endAsked && this.#said < SAMPLES ? ['keep'] : []),
      ...(!this.#endAsked && this.#said < SAMPLES && direct ? ['send', 'sendLast'] : []),
      ...(this.#waits() ? ['take', 'takeMore'] : []),
      ...(silent > 0 ? ['animate 1'] : []),
      ...(silent > 1 ? [`animate ${silent}`] : []),
      ...(endHeard && silent === 0 ? ['animate 0'] : []),
      ...(endHeard ? [] : [`segment ${silent}`]),
      ...(this.#keeping ? ['stopKeeping', 'letGo'] : []),
      ...(this.#cuts < CUTS ? ['cut'] : []),
    ];
  }

  play(action: string): void {
    const [what = '', count = ''] = action.split(' ');
    if (what === 'end') this.#end();
    else if (what === 'keep') this.#keep();
    else if (what === 'send') this.#send(false);
    else if (what === 'sendLast') this.#send(true);
    else if (what === 'take') this.#hear(this.#ledger.takeNext(SAMPLE_BYTES));
    else if (what === 'takeMore') this.#hear(this.#ledger.takeNext());
    else if (what === 'animate') this.#animate(Number(count));
    else if (what === 'segment') this.#animate(Number(count), true);
    else if (what === 'cut') this.#cut();
    else if (what === 'letGo') letGoDelivered(this.#ledger, this.#traits, 0);
    else {
      this.#keeping = false;
      this.#ledger.stopKeeping();
    }
    this.#check();
  }

  key(): string {
    const { heard, animated, endHeard, firstSample } = this.#run;
    const run = [heard.length, animated, endHeard, firstSample];
    const state = [this.#said, this.#endAsked, this.#got.length, this.#ended, this.#givenUp, this.#keeping];
    return [...state, this.#cuts, this.#ledger.keptFromBytes, ...run].join();
  }

  /**
   * The application ends the utterance, everything is sent, and the service animates it: the utterance is
   * complete.
   */
  finish(): void {
    if (this.#givenUp) return;
    if (!this.#endAsked) this.#end();
    for (let turn = 0; !this.#ended; turn += 1) {
      must(turn < 20, 'the utterance reaches its end');
      if (this.#waits()) this.play('take');
      else this.play(`animate ${this.#run.heard.length - this.#run.animated}`);
    }
    must(this.#ledger.takeNext() === undefined, 'nothing is sent after the end');
  }

  #waits(): boolean {
    const { heard, endHeard, firstSample } = this.#run;
    return heard.length + firstSample < this.#said || (this.#endAsked && !endHeard);
  }

  #end(): void {
    this.#endAsked = true;
    this.#ledger.askEnd();
  }

  #keep(): void {
    this.#ledger.append(new Uint8Array(SAMPLE_BYTES).fill(this.#said));
    this.#said += 1;
  }

  #send(last: boolean): void {
    if (last) this.#end();
    this.#keep();
    this.#ledger.markSent(last);
    this.#hear({ audio: new Uint8Array(SAMPLE_BYTES).fill(this.#said - 1), end: last });
  }

  #hear(message: OutgoingAudio | undefined): void {
    must(message !== undefined, 'waiting audio is sent');
    must(!this.#run.endHeard, 'nothing is sent after the end');
    for (let at = 0; at < message.audio.length; at += SAMPLE_BYTES)
      this.#run.heard.push(message.audio[at] ?? -1);
    this.#run.endHeard = message.end;
  }

  /** If the service sends `end` before it has received the client's end, this ends a segment. */
  #animate(count: number, segment = false): void {
    const { heard, animated, endHeard } = this.#run;
    const end = endHeard && animated + count === heard.length;
    const keyframes = heard.slice(animated, animated + count);
    this.#run.animated += count;
    const receipt = this.#ledger.receive(count, end || segment);
    must((receipt.kind === 'deliver' && receipt.last) === end, 'only the end after ours is the last');
    if (receipt.kind === 'repeat') return;
    const fresh = keyframes.slice(receipt.skip);
    must(fresh.length === 0 || receipt.index === this.#got.length, 'keyframes are numbered in order');
    this.#got.push(...fresh);
    if (end) this.#ended = true;
  }

  /** The connection is lost and the next one is confirmed, in the same steps as in the session. */
  #cut(): void {
    this.#cuts += 1;
    const { begun } = this.#ledger;
    const restart = restartRun(this.#ledger, this.#traits, () => `run ${this.#cuts}`);
    must((restart.action === 'nothing') === !begun, 'a run that has not begun continues');
    if (restart.action === 'nothing') return;
    must((restart.action === 'giveUp') === !this.#keeping, 'only an utterance that is not kept fails');
    if (restart.action === 'giveUp') {
      this.#givenUp = true;
      return;
    }
    const firstSample = restart.from.bytes / SAMPLE_BYTES;
    must(firstSample === restart.from.keyframe, 'a run begins with the sample of its first keyframe');
    must(firstSample >= this.#got.length - this.#leadIn, 'no more than the lead-in is sent again');
    this.#run = { heard: [], animated: 0, endHeard: false, firstSample };
  }

  #check(): void {
    const { heard, firstSample } = this.#run;
    must(
      heard.every((sample, index) => sample === firstSample + index),
      'the service gets the samples of its run in order, each once',
    );
    must(
      this.#got.every((keyframe, index) => keyframe === index),
      'the application gets every keyframe once, in order',
    );
    must(this.#ledger.keyframesDelivered === this.#got.length, 'the ledger counts the delivered keyframes');
    must(
      firstSample * KEYFRAME_MS <= this.#got.length * KEYFRAME_MS,
      'no run begins after the delivered keyframes',
    );
    if (this.#ended) must(this.#got.length === this.#said, 'the end comes after the last keyframe');
    const keptBytes = (this.#said - firstSample) * SAMPLE_BYTES;
    const neededBytes = (this.#said - Math.max(0, this.#got.length - this.#leadIn)) * SAMPLE_BYTES;
    if (this.#keeping)
      must(this.#ledger.audioBytes >= neededBytes, 'no byte is lost while it may be needed again');
    must(this.#ledger.audioBytes <= keptBytes, 'audio that can not be sent again is released');
  }
}
