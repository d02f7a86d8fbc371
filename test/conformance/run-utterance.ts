/**
 * Runs an utterance case: one request, its audio that is sent on each connection, and the frames that the
 * application gets.
 */
import { RequestIds } from '../../src/core/utterance/request-id.js';
import { restartRun } from '../../src/core/utterance/recovery.js';
import { UtteranceLedger } from '../../src/core/utterance/utterance-ledger.js';
import { seededRandom } from '../core/policy/seeded-random.js';
import type { Expectation, UtteranceCase, UtteranceEvent } from './case-file.js';
import { disagreements } from './disagreements.js';

export function runUtterance(one: UtteranceCase): string[] {
  const spoken = new Spoken(one);
  return one.events.flatMap((event, index) =>
    disagreements(`events[${index}].expect`, event.expect ?? {}, spoken.next(event)),
  );
}

class Spoken {
  readonly #one: UtteranceCase;
  readonly #requestIds = new RequestIds({ next: seededRandom(1) });
  readonly #ledger = new UtteranceLedger(this.#requestIds.next(0));
  readonly #usedIds = new Set<string>();
  #connected = true;
  /** Whether the last message was received. */
  #complete = false;

  constructor(one: UtteranceCase) {
    this.#one = one;
  }

  next(event: UtteranceEvent): Expectation {
    switch (event.event) {
      case 'say':
        this.#ledger.append(new Uint8Array(event.bytes));
        return this.#send();
      case 'end':
        this.#ledger.askEnd();
        return this.#send();
      case 'frames':
        return this.#receive(event.keyframes, event.end ?? false);
      case 'played':
        this.#ledger.played(event.ms);
        return {};
      case 'audioForgotten':
        this.#ledger.stopKeeping();
        return {};
      case 'lost':
        return this.#lose();
      case 'connected':
        this.#connected = true;
        return this.#send();
    }
  }

  #send(): Expectation {
    let sentBytes = 0;
    let sentEnd = false;
    let sends = false;
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      sentBytes += next.audio.length;
      sentEnd = next.end;
      sends = true;
    }
    if (!sends) return { sentBytes, sentEnd };
    const freshReqId = !this.#usedIds.has(this.#ledger.wireReqId);
    this.#usedIds.add(this.#ledger.wireReqId);
    return { sentBytes, sentEnd, freshReqId };
  }

  #take(): ReturnType<UtteranceLedger['takeNext']> {
    return this.#connected ? this.#ledger.takeNext() : undefined;
  }

  #receive(keyframes: number, end: boolean): Expectation {
    if (this.#complete) return { delivered: null };
    const receipt = this.#ledger.receive(keyframes, end);
    this.#complete = receipt.kind === 'deliver' && receipt.last;
    if (receipt.kind === 'repeat' || receipt.skip === keyframes) return { delivered: null };
    const { index, skip, resumed } = receipt;
    return { delivered: { from: index, count: keyframes - skip }, resumed };
  }

  #lose(): Expectation {
    this.#connected = false;
    const { recovery, usesEgress, audio, leadInMs = 0 } = this.#one;
    const wholeSamples = audio.format === 'pcm';
    const traits = { recovery, usesEgress, wholeSamples, sampleRate: audio.sampleRateHz, leadInMs };
    const restart = restartRun(this.#ledger, traits, () => this.#requestIds.next(0));
    if (restart.action !== 'resend') return restart;
    const { ms, bytes, keyframe } = restart.from;
    return { action: 'resend', fromMs: ms, fromByte: bytes, firstKeyframe: keyframe };
  }
}
