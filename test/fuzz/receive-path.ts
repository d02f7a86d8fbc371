/**
 * The target of the fuzzer: a whole session over a transport without a network, in virtual time, whose
 * service sends the messages of a script. Throws if a rule is broken.
 */
import { AvatarSession } from '../../src/index.js';
import type { AvatarSessionOptions, Utterance } from '../../src/index.js';
import { createSeededRandom } from '../../src/adapters/node/runtime-sources.js';
import { MessageType } from '../../src/ports/message.js';
import { FakeTransport } from '../client/fake-transport.js';
import type { FakeSocket } from '../client/fake-transport.js';
import { VirtualClock } from '../virtual-clock.js';
import { SessionRules } from './session-rules.js';
import { FIRST_REQUEST, NEWEST_REQUEST } from './step.js';
import type { Call, Script, Step } from './step.js';

const TOKEN = 'tkn-5b1f0c77e2';
const ROOM_SECRET = 'room-secret-93af';
const EXTRA_SECRET = 'extra-secret-71c4';
/** Far longer than any time-out of a close. */
const LONG_MS = 60_000;
const AUDIO = new Uint8Array(640).fill(1);

let runs = 0;

export async function receive(script: Script): Promise<void> {
  const run = new Run(script);
  for (const step of script.steps) await run.play(step);
  await run.finish();
}

class Run {
  readonly #script: Script;
  readonly #clock = new VirtualClock();
  readonly #transport: FakeTransport;
  readonly #session: AvatarSession;
  readonly #rules: SessionRules;
  readonly #utterances: Utterance[] = [];
  /** The number of promises that the application has got and that have not settled. */
  #pending = 0;

  constructor(script: Script) {
    this.#script = script;
    this.#transport = new FakeTransport((dial) => {
      if (script.confirms) dial.confirm('c-1', ['playback_control', 'playback_state']);
      else dial.accept();
    });
    runs += 1;
    const options: AvatarSessionOptions = {
      appId: 'app',
      avatarId: 'avatar',
      // Each run has its own endpoint, so that no run affects another one.
      ingressEndpointUrl: `wss://run-${runs}.test/v2`,
      tokenProvider: () => TOKEN,
      transport: this.#transport,
      clock: this.#clock,
      random: createSeededRandom(1),
      retry: { maxAttempts: 4 },
      extraParams: { config: JSON.stringify({ auth: { token: EXTRA_SECRET } }) },
      transportFrames: () => this.#within('frame'),
      ...(script.egress && {
        livekitEgress: { url: 'wss://room.test', roomName: 'r', apiKey: 'k', apiSecret: ROOM_SECRET },
      }),
    };
    this.#session = new AvatarSession(options);
    const secrets = [TOKEN, EXTRA_SECRET, ...(script.egress ? [ROOM_SECRET] : [])];
    this.#rules = new SessionRules(this.#session, this.#transport, secrets);
    for (const event of ['frame', 'error', 'state', 'retry'] as const) {
      this.#session.on(event, () => this.#within(event));
    }
    this.#expect(this.#session.start());
  }

  async play(step: Step): Promise<void> {
    await this.#clock.settle();
    this.#do(step);
    await this.#clock.settle();
    if (step.kind === 'pass') await this.#clock.advance(step.ms);
  }

  async finish(): Promise<void> {
    this.#expect(this.#session.close());
    await this.#clock.advance(LONG_MS);
    this.#rules.over(this.#session, this.#clock.pendingTimers);
    this.#rules.must(this.#pending === 0, `${this.#pending} promises never settle`);
    if (this.#rules.breach !== undefined) throw new Error(this.#rules.breach);
  }

  #do(step: Step): void {
    const socket = this.#transport.dials.at(-1)?.socket;
    switch (step.kind) {
      case 'frame':
        socket?.deliver(Uint8Array.from(withRequestIds(Buffer.from(step.hex, 'hex'), receivedBy(socket))));
        return;
      case 'text':
        socket?.deliver(step.text);
        return;
      case 'close':
        socket?.drop(step.closeCode, step.closeReason);
        return;
      case 'violate':
        socket?.violate('a protocol violation for the transport');
        return;
      case 'drained':
        socket?.drain();
        return;
      case 'pass':
        return;
      case 'call':
        this.#call(step.call);
    }
  }

  #within(event: string): void {
    const { within, throws } = this.#script;
    // Calls from a callback are limited: each new utterance could start the next one, without an end.
    if (within?.event === event && this.#utterances.length < 20) this.#call(within.call);
    if (throws) throw new Error('the application throws');
  }

  #call(call: Call): void {
    const session = this.#session;
    const newest = this.#utterances.at(-1);
    switch (call) {
      case 'speak':
        this.#speak();
        return;
      case 'write':
        if (newest !== undefined) this.#expect(newest.write(AUDIO), true);
        return;
      case 'end':
        if (newest !== undefined) this.#expect(newest.end(), true);
        return;
      case 'interruptOne':
        if (newest === undefined) return;
        this.#expect(newest.interrupt());
        this.#rules.interrupted([newest.reqId]);
        return;
      case 'sendAudio':
      case 'sendLastAudio':
        this.#expect(session.sendAudio(AUDIO, call === 'sendLastAudio'), true);
        return;
      case 'interrupt':
        this.#expect(session.interrupt());
        this.#rules.interrupted(this.#rules.requests);
        return;
      case 'pause':
        this.#expect(session.pause());
        return;
      case 'resume':
        this.#expect(session.resume());
        return;
      case 'close':
      case 'drain':
        this.#expect(session.close({ drain: call === 'drain' }));
    }
  }

  #speak(): void {
    const utterance = this.#session.speak();
    this.#utterances.push(utterance);
    this.#rules.began(utterance.reqId);
    this.#expect(utterance.write(AUDIO), true);
    this.#expect(utterance.finished, true);
  }

  /** Expects the promise to settle, with a value or an AvatarSDKError. */
  #expect(promise: Promise<unknown>, ofRequest = false): void {
    this.#pending += 1;
    promise.then(
      () => (this.#pending -= 1),
      (error: unknown) => {
        this.#pending -= 1;
        if (ofRequest) this.#rules.requestRejected(error);
        else this.#rules.rejected(error);
      },
    );
  }
}

function receivedBy({ received }: FakeSocket): string[] {
  return received.flatMap((message) =>
    message.type === MessageType.clientAudioInput ? [message.reqId] : [],
  );
}

function withRequestIds(bytes: Buffer, heard: readonly string[]): Buffer {
  for (const [stand, reqId] of [
    [FIRST_REQUEST, heard[0]],
    [NEWEST_REQUEST, heard.at(-1)],
  ] as const) {
    const at = bytes.indexOf(stand);
    if (at >= 0 && reqId !== undefined) bytes.write(reqId, at);
  }
  return bytes;
}
