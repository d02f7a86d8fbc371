/**
 * WebSocket upgrades at /v2/driveningress/websocket: faults first, then the verdict of upgrade-check.ts, then a connection.
 * Counts the open sockets, as the truth of what the service would bill.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { EmulatedConnection } from './emulated-connection.js';
import type { EmulatorContext } from './emulator-context.js';
import type { FaultIn } from './fault.js';
import type { FaultSlot } from './fault-plan.js';
import { rawHttpResponse } from './raw-http-response.js';
import { ServiceSocket, resetTcp } from './service-socket.js';
import { TimerSet } from './timer-set.js';
import {
  checkUpgrade,
  upgradeCredentials,
  type UpgradeCredentials,
  type UpgradeRefusal,
} from './upgrade-check.js';

export const UPGRADE_PATH = '/v2/driveningress/websocket';

interface Upgrade {
  readonly number: number;
  readonly request: IncomingMessage;
  readonly tcp: Duplex;
  readonly head: Buffer;
  readonly credentials: UpgradeCredentials;
  readonly path: string;
}

export class UpgradeEndpoint {
  readonly #context: EmulatorContext;
  readonly #server: WebSocketServer;
  readonly #connections = new Set<EmulatedConnection>();
  #onLastClosed = (): void => undefined;
  #upgradeCount = 0;
  #openCount = 0;
  #peakCount = 0;

  constructor(context: EmulatorContext) {
    this.#context = context;
    const maxPayload = context.options.maxMessageBytes;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload,
    });
  }

  /** WebSockets whose TCP connection exists at this moment. */
  get openCount(): number {
    return this.#openCount;
  }

  get peakCount(): number {
    return this.#peakCount;
  }

  upgrade(request: IncomingMessage, tcp: Duplex, head: Buffer): void {
    tcp.on('error', () => undefined); // The client went away; `close` says so where it matters.
    const { log, plan, timers } = this.#context;
    // Only the path and the query count; what is no URL at all ends as an unknown path.
    const target = `http://emulator${request.url ?? '/'}`;
    const url = new URL(URL.canParse(target) ? target : 'http://emulator/');
    const credentials = upgradeCredentials(request.headers, url.searchParams);
    const number = (this.#upgradeCount += 1);
    const upgrade: Upgrade = { number, request, tcp, head, credentials, path: url.pathname };
    const { authMode, avatarId } = credentials;
    const headerNames = Object.keys(request.headers);
    log.add({ event: 'upgradeRequested', connection: number, authMode, avatarId, headerNames });
    const faults = plan.take('upgrade');
    for (const { kind, phase } of faults) log.add({ event: 'faultFired', connection: number, kind, phase });
    const delayMs = faults.reduce((sum, fault) => sum + (fault.kind === 'delay' ? fault.delayMs : 0), 0);
    const proceed = (): void => {
      if (!faults.some((fault) => this.#strike(fault, upgrade))) this.#judge(upgrade);
    };
    if (delayMs === 0) proceed();
    else timers.after(delayMs, proceed);
  }

  inject(slot: FaultSlot): void {
    for (const connection of this.#connections) connection.inject(slot);
  }

  /** Resolves when every connection has written down its end. */
  async stop(): Promise<void> {
    this.#server.close();
    if (this.#connections.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onLastClosed = resolve;
      for (const connection of this.#connections) connection.terminate();
    });
  }

  /** True when nothing more is to be answered. */
  #strike(fault: FaultIn<'upgrade'>, upgrade: Upgrade): boolean {
    switch (fault.kind) {
      case 'delay': // Has passed already.
        return false;
      case 'hang':
        upgrade.tcp.resume(); // A client that gives up must be noticed.
        upgrade.tcp.on('end', () => upgrade.tcp.destroy());
        return true;
      case 'reset':
        resetTcp(upgrade.tcp);
        return true;
      case 'refuse':
        this.#refuse(upgrade, fault.status, 'fault', fault.headers ?? {}, fault.body ?? '');
        return true;
    }
  }

  #judge(upgrade: Upgrade): void {
    const refusal = this.#check(upgrade);
    if (refusal !== undefined) {
      const { status, message, headers } = refusal;
      const json = { 'Content-Type': 'application/json', ...headers };
      this.#refuse(upgrade, status, message, json, JSON.stringify({ message }));
      return;
    }
    this.#context.tokens.use(upgrade.credentials.token);
    this.#server.handleUpgrade(upgrade.request, upgrade.tcp, upgrade.head, (ws) => this.#open(upgrade, ws));
  }

  #check({ path, credentials }: Upgrade): UpgradeRefusal | undefined {
    if (path !== UPGRADE_PATH) return { status: 404, message: 'not found', headers: {} };
    const { options, tokens, credits } = this.#context;
    return checkUpgrade(credentials, {
      apps: options.apps,
      avatars: options.avatars,
      token: tokens.look(credentials.token, Date.now()),
      creditsExhausted: credits.exhausted,
      openSockets: this.#openCount,
      maxSessions: options.maxSessions,
      retryAfterSeconds: options.retryAfterSeconds,
    });
  }

  #refuse(
    { number, tcp }: Upgrade,
    status: number,
    message: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): void {
    this.#context.log.add({ event: 'upgradeRefused', connection: number, status, message });
    tcp.end(rawHttpResponse(status, headers, body), () => tcp.destroy());
  }

  #open({ number, tcp, credentials: { avatarId } }: Upgrade, ws: WebSocket): void {
    const timers = new TimerSet();
    this.#openCount += 1;
    this.#peakCount = Math.max(this.#peakCount, this.#openCount);
    tcp.once('close', () => (this.#openCount -= 1));
    this.#context.log.add({ event: 'opened', connection: number, openSockets: this.#openCount });
    const socket = new ServiceSocket(ws, tcp, timers, {
      message: (bytes) => connection.message(bytes),
      closed: (by, code, reason) => {
        this.#connections.delete(connection);
        connection.closed(by, code, reason);
        if (this.#connections.size === 0) this.#onLastClosed();
      },
    });
    const connection = new EmulatedConnection({ context: this.#context, number, avatarId, socket, timers });
    this.#connections.add(connection);
  }
}
