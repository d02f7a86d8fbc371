/**
 * One accepted WebSocket from its upgrade to its end: the handshake, with its faults, and then a confirmed
 * session. Independent of HTTP, tokens and other connections.
 */
import { MessageType, WireError } from '../../ports/message.js';
import type { ClientConfigureSession, ClientMessage, IgnoredMessage } from '../../ports/message.js';
import { decodeClientMessage } from '../../wire/decode.js';
import { encodeServerMessage } from '../../wire/encode.js';
import type { ConnectionEvent } from '../context/emulator-log.js';
import { sendForeignFrames } from '../fault/connection-faults.js';
import type { FaultSlot } from '../fault/fault-plan.js';
import type { ConfirmationPlan } from '../fault/fault-row.js';
import type { FaultIn } from '../fault/fault.js';
import { answerWithFaults, strikeConfirmation, strikeHandshake } from '../fault/fault-plan.js';
import type { ClosedBy } from '../socket/service-socket.js';
import { checkConfigure } from './configure-check.js';
import { ConfirmedSession } from './confirmed-session.js';
import { ConnectionLink } from '../context/emulator-context.js';
import type { ConnectionIdentity } from '../context/emulator-context.js';

type State =
  | { readonly name: 'expecting' }
  /** The answer to the first message is delayed; messages that come meanwhile are kept. */
  | { readonly name: 'answering'; readonly early: (Uint8Array | undefined)[] }
  | { readonly name: 'confirmed'; readonly session: ConfirmedSession; readonly nth: number }
  /** Refused, hanging or closed: the client's messages are ignored. */
  | { readonly name: 'over' };

/** An envelope of a type that no version defines, with an empty content. */
const UNKNOWN_TYPE_ENVELOPE = Uint8Array.from([0x08, 0x63, 0x9a, 0x06, 0x00]);
const POLICY_VIOLATION = 1008;
const OVER_LIMIT = 4003;

export class EmulatedConnection {
  readonly #link: ConnectionLink;
  readonly #overLimit: string | undefined;
  #state: State = { name: 'expecting' };

  /** @param overLimit the reason of a close 4003 that is sent instead of the confirmation */
  constructor(identity: ConnectionIdentity, overLimit?: string) {
    this.#link = new ConnectionLink(identity);
    this.#overLimit = overLimit;
  }

  /** @param bytes undefined for a text message */
  message(bytes: Uint8Array | undefined): void {
    switch (this.#state.name) {
      case 'expecting': {
        this.#takeFirst(bytes);
        return;
      }
      case 'answering':
        this.#state.early.push(bytes);
        return;
      case 'confirmed': {
        this.#takeLater(this.#state.session, bytes);
        return;
      }
      case 'over':
        return;
    }
  }

  closed(by: ClosedBy, code: number, reason: string): void {
    if (this.#state.name === 'confirmed') this.#state.session.dispose();
    this.#state = { name: 'over' };
    this.#link.timers.cancelAll();
    this.#link.log({ event: 'closed', by, code, reason });
  }

  terminate(): void {
    this.#link.socket.terminate('service');
  }

  /** Arms a runtime fault that was injected after the confirmation. */
  inject(slot: FaultSlot): void {
    if (this.#state.name !== 'confirmed') return;
    const { session, nth } = this.#state;
    if (this.#link.context.plan.strikesConfirmed(slot, nth)) session.arm([slot]);
  }

  #takeFirst(bytes: Uint8Array | undefined): void {
    if (this.#overLimit !== undefined) {
      this.#state = { name: 'over' };
      this.#link.socket.close('service', OVER_LIMIT, this.#overLimit);
      return;
    }
    const { plan } = this.#link.context;
    const { timers } = this.#link;
    const early: (Uint8Array | undefined)[] = [];
    const service = { plan, timers, log: (event: ConnectionEvent) => this.#link.log(event) };
    const isLate = answerWithFaults('handshake', service, (faults) => {
      this.#answer(bytes, faults);
      for (const message of early) this.message(message);
    });
    if (isLate) this.#state = { name: 'answering', early };
  }

  #answer(bytes: Uint8Array | undefined, faults: readonly FaultIn<'handshake'>[]): void {
    const configure = readConfigure(bytes);
    if (typeof configure === 'string') {
      this.#refuse(0, configure);
      return;
    }
    const { sampleRate, audioFormat, egressType } = configure;
    const extraParamNames = Object.keys(configure.extraParams);
    this.#link.log({ event: 'configured', sampleRate, audioFormat, egressType, extraParamNames });
    if (strikeHandshake(faults, this.#link.faultTarget())) {
      this.#state = { name: 'over' };
      return;
    }
    const { clock, options } = this.#link.context;
    const refusal = checkConfigure(configure, options.roomTokens, clock.epochMs());
    if (refusal !== undefined) {
      this.#refuse(refusal.code, refusal.message);
      return;
    }
    this.#confirm(configure, faults);
  }

  /** Refuses like the real service: with a ServerError that has the reason, then a close that repeats it. */
  #refuse(code: number, message: string): void {
    this.#state = { name: 'over' };
    this.#link.sendError(code, message);
    this.#link.socket.close('service', POLICY_VIOLATION, message.slice(0, 120));
  }

  #confirm(configure: ClientConfigureSession, faults: readonly FaultIn<'handshake'>[]): void {
    const { context, socket, number } = this.#link;
    const plan: ConfirmationPlan = { capabilities: context.options.capabilities };
    strikeConfirmation(faults, plan);
    const { capabilities, foreignFrames, drop } = plan;
    const connectionId = plan.connectionId ?? connectionIdOf(number, context.random.next());
    this.#link.connectionId = connectionId;
    socket.inOneSegment(() => {
      socket.send(
        encodeServerMessage({ type: MessageType.serverConfirmSession, connectionId, capabilities }),
      );
      if (foreignFrames === undefined) return;
      socket.send(UNKNOWN_TYPE_ENVELOPE);
      sendForeignFrames(this.#link.faultTarget(), foreignFrames);
    });
    this.#link.log({ event: 'confirmed', connectionId, capabilities });
    const session = new ConfirmedSession(this.#link, configure, capabilities);
    const { nth, slots } = context.plan.nextConfirmed();
    this.#state = { name: 'confirmed', session, nth };
    session.arm(slots);
    if (drop !== undefined) this.#dropAfter(drop);
  }

  #dropAfter({ afterMs, code }: NonNullable<ConfirmationPlan['drop']>): void {
    const { socket, timers } = this.#link;
    timers.after(afterMs, () => {
      if (code === undefined) socket.terminate('fault');
      else socket.close('fault', code, '');
    });
  }

  #takeLater(session: ConfirmedSession, bytes: Uint8Array | undefined): void {
    const message = bytes === undefined ? undefined : decode(bytes);
    if (message === undefined) {
      const what = bytes === undefined ? 'text frame' : 'invalid protobuf';
      this.#link.sendError(0, `failed to unmarshal message: ${what}`);
      return;
    }
    if (message.type === 'ignored') {
      this.#link.log({ event: 'ignored', detail: `type ${message.messageType}` });
      return;
    }
    session.take(message);
  }
}

/** The configuration, or an error text if the message is no configuration. */
function readConfigure(bytes: Uint8Array | undefined): ClientConfigureSession | string {
  const message = bytes === undefined ? undefined : decode(bytes);
  if (message === undefined) {
    return `failed to unmarshal initial message: ${bytes === undefined ? 'text frame' : 'invalid protobuf'}`;
  }
  return message.type === MessageType.clientConfigureSession
    ? message
    : 'expected ClientConfigureSession message';
}

function decode(bytes: Uint8Array): ClientMessage | IgnoredMessage | undefined {
  try {
    return decodeClientMessage(bytes);
  } catch (error) {
    if (error instanceof WireError) return undefined; // The caller answers with a ServerError.
    throw error;
  }
}

function connectionIdOf(number: number, draw: number): string {
  const suffix = Math.floor(draw * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
  return `conn-${String(number).padStart(6, '0')}-${suffix}`;
}
