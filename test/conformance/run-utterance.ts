/**
 * Runs an utterance case: one request, what goes out of it over which connection, and what is handed to the
 * application of what comes back.
 */
import { SAMPLE_BYTES } from '../../src/core/utterance/audio-rails.js';
import { planRecovery } from '../../src/core/utterance/recovery.js';
import { RequestIds } from '../../src/core/utterance/request-id.js';
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
  /** The last message has come. */
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
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      sentBytes += next.audio.length;
      sentEnd = next.end;
    }
    const freshReqId = !this.#usedIds.has(this.#ledger.wireReqId);
    if (this.#ledger.begun) this.#usedIds.add(this.#ledger.wireReqId);
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
    return { delivered: { from: receipt.index, count: keyframes - receipt.skip } };
  }

  #lose(): Expectation {
    this.#connected = false;
    const { recovery, usesEgress, audio } = this.#one;
    const { begun, keptWhole, keyframesDelivered, playedMs } = this.#ledger;
    if (!begun) return { action: 'nothing' };
    const cuttable = audio.format === 'pcm';
    const facts = { recovery, usesEgress, cuttable, kept: keptWhole, keyframesDelivered, playedMs };
    const plan = planRecovery(facts);
    if (plan.action === 'giveUp') return plan;
    const { fromMs, firstKeyframe } = plan;
    const fromByte = Math.floor((fromMs * audio.sampleRateHz) / 1_000) * SAMPLE_BYTES;
    const from = { bytes: fromByte, ms: fromMs, keyframe: firstKeyframe };
    this.#ledger.restart(this.#requestIds.next(0), from);
    return { action: 'resend', fromMs, fromByte, firstKeyframe };
  }
}
