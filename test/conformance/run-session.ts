/**
 * Runs a session case: a whole session in virtual time, with the actions of the application and of the service,
 * and records what the application gets and what is sent. The audio of each request repeats a byte that no
 * other request uses, so messages can be matched to their request with any ids.
 */
import { UpgradeRefused } from '../../src/index.js';
import type { Utterance } from '../../src/index.js';
import { MessageType } from '../../src/ports/message.js';
import type { ClientMessage, IgnoredMessage } from '../../src/ports/message.js';
import { virtualSession } from '../client/virtual-session.js';
import type { VirtualSession } from '../client/virtual-session.js';
import type { Expectation, SessionCase, SessionEvent } from './case-file.js';
import { disagreements } from './disagreements.js';

/** Results by case without its expectations: cases that differ only in what they expect are played once. */
const courses = new Map<string, Promise<readonly Expectation[]>>();

export async function runSession(one: SessionCase): Promise<string[]> {
  const key = JSON.stringify(one, (name, value: unknown) => (name === 'expect' ? undefined : value));
  const course = courses.get(key) ?? play(one);
  courses.set(key, course);
  const observed = await course;
  return one.events.flatMap(({ expect = {} }, index) =>
    disagreements(`events[${index}].expect`, expect, observed[index] ?? {}),
  );
}

async function play(one: SessionCase): Promise<readonly Expectation[]> {
  const played = new PlayedSession(one);
  const observed: Expectation[] = [];
  for (const event of one.events) observed.push(await played.next(event));
  await played.leave();
  return observed;
}

class PlayedSession {
  readonly #run: VirtualSession;
  /** The names of the requests, in the order in which they began. */
  readonly #requests: string[] = [];
  readonly #utterances = new Map<string, Utterance>();
  /** The ids of each request on the wire, the first run first. */
  readonly #wireIds = new Map<string, string[]>();
  #readMessages = 0;
  #finished: string[] = [];

  constructor({ policy, recovery = 'tail', leadInMs = 0, dials = ['confirm'] }: SessionCase) {
    this.#run = virtualSession({
      takesFrames: false,
      service: (dial) => {
        const answer = dials[Math.min(dial.number, dials.length) - 1];
        if (answer === 'confirm') dial.confirm();
        else if (answer !== undefined) dial.refuse(new UpgradeRefused(answer.refuse, {}, answer.body ?? ''));
      },
      options: { heartbeat: false, retry: policy, recovery, replay: { leadInMs } },
    });
    this.#run.session.on('frame', ({ reqId, index, keyframes }) => {
      if (keyframes.length > 0) this.#tell(`frames ${this.#nameOf(reqId)} ${index} ${keyframes.length}`);
    });
  }

  async next(event: SessionEvent): Promise<Expectation> {
    const { clock } = this.#run;
    await clock.advance(event.atMs - clock.nowMs());
    this.#happen(event);
    await clock.settle();
    const told = this.#run.reported.splice(0).map(({ line }) => line);
    const finished = this.#finished;
    this.#finished = [];
    return { told, sent: this.#sent(), finished };
  }

  async leave(): Promise<void> {
    const closed = this.#run.session.close();
    await this.#run.clock.advance(10_000);
    await closed;
  }

  #happen(event: SessionEvent): void {
    const { session, transport } = this.#run;
    switch (event.event) {
      case 'start':
        session.start().catch(() => undefined);
        return;
      case 'say': {
        const utterance = this.#utterance(event.request);
        const audio = new Uint8Array(event.bytes).fill(this.#requests.indexOf(event.request) + 1);
        void utterance.write(audio).catch(() => undefined);
        if (event.end === true) void utterance.end().catch(() => undefined);
        return;
      }
      case 'interrupt':
        void this.#utterance(event.request).interrupt();
        return;
      case 'close':
        void session.close();
        return;
      case 'frames': {
        const ids = this.#wireIds.get(event.request) ?? [];
        const reqId = ids.at((event.run ?? 0) - 1) ?? '';
        transport.latest.animate(reqId, event.keyframes, { end: event.end ?? false });
        return;
      }
      case 'serverError':
        transport.latest.refuseRequest('', event.serverCode, event.message ?? '');
        return;
      case 'dropped':
        transport.latest.drop(event.closeCode, event.closeReason);
        return;
      case 'wait':
        return;
    }
  }

  #utterance(request: string): Utterance {
    const known = this.#utterances.get(request);
    if (known !== undefined) return known;
    const utterance = this.#run.session.speak();
    this.#requests.push(request);
    this.#utterances.set(request, utterance);
    utterance.finished.then(
      ({ outcome }) => this.#finished.push(`${request} ${outcome}`),
      () => this.#finished.push(`${request} failed`),
    );
    return utterance;
  }

  #nameOf(reqId: string): string {
    return this.#requests.find((name) => this.#utterances.get(name)?.reqId === reqId) ?? reqId;
  }

  #tell(line: string): void {
    this.#run.reported.push({ atMs: this.#run.clock.nowMs(), line });
  }

  /** One line for each message; successive audio messages of one run are merged into one line. */
  #sent(): string[] {
    const messages = this.#run.transport.dials.flatMap(({ socket }) => socket?.received ?? []);
    const lines: { text: string; reqId: string; bytes: number; end: boolean }[] = [];
    for (const message of messages.slice(this.#readMessages)) {
      const latest = lines.at(-1);
      if (message.type === MessageType.clientAudioInput) {
        this.#learn(message.reqId, message.audio[0]);
        if (latest?.reqId === message.reqId && latest.text === 'audio') {
          latest.bytes += message.audio.length;
          latest.end ||= message.end;
          continue;
        }
        lines.push({ text: 'audio', reqId: message.reqId, bytes: message.audio.length, end: message.end });
      } else lines.push({ text: kindOf(message), reqId: reqIdOf(message), bytes: 0, end: false });
    }
    this.#readMessages = messages.length;
    return lines.map(({ text, reqId, bytes, end }) => {
      const request = reqId === '' ? '' : ` ${this.#requestOf(reqId)}`;
      return `${text}${request}${text === 'audio' ? ` ${bytes}${end ? ' end' : ''}` : ''}`;
    });
  }

  #learn(reqId: string, tag: number | undefined): void {
    const name = tag === undefined ? undefined : this.#requests[tag - 1];
    if (name === undefined) return;
    const ids = this.#wireIds.get(name) ?? [];
    if (!ids.includes(reqId)) this.#wireIds.set(name, [...ids, reqId]);
  }

  #requestOf(reqId: string): string {
    for (const [name, ids] of this.#wireIds) {
      const run = ids.indexOf(reqId) + 1;
      if (run > 0) return run === 1 ? name : `${name}:${run}`;
    }
    return 'unknown';
  }
}

function kindOf({ type }: ClientMessage | IgnoredMessage): string {
  if (type === MessageType.clientConfigureSession) return 'configure';
  return type === MessageType.clientInterrupt ? 'interrupt' : 'other';
}

function reqIdOf(message: ClientMessage | IgnoredMessage): string {
  return 'reqId' in message ? message.reqId : '';
}
