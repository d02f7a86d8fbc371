/**
 * Checks the log of the service from the view of billing: a connection costs until the service detects its
 * end.
 */
import type { Check } from './check.js';

/** The time that the session gives the service to answer its close frame, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1_000;

/** Audio is sent in pieces of 64 KiB, plus the rest of the message. */
const LARGEST_MESSAGE_BYTES = 66_000;

interface Billed {
  readonly connection: number;
  confirmed: boolean;
  endsByMs: number;
  stalledBeforeMs: number;
}

export const billingEnds: Check = {
  name: 'billing-ends',
  rule: 'the service stops billing within the close time-out after the client’s end, as soon as the network delivers the close',
  watch({ time, schedule, service }, violated) {
    const sockets = new Map<number, Billed>();
    const silentUntil = new Map<number, number>();
    const { climate } = schedule;
    const travelMs = 2 * (climate.latencyMs + climate.jitterMs) + 1;
    const neverReads = schedule.disturbances.some(
      (one) => 'fault' in one && one.fault.kind === 'silence' && one.fault.stopReading === true,
    );
    /**
     * Bytes that were sent before the close are delivered first: at most a full window and a message that is
     * larger than the window.
     */
    const backlogMs = Math.max(
      0,
      ...schedule.disturbances.map((one) =>
        one.kind === 'fate' && one.fate.kind === 'slow'
          ? (climate.windowBytes + LARGEST_MESSAGE_BYTES) / one.fate.bytesPerMs
          : 0,
      ),
    );
    return {
      read(entry) {
        if (entry.kind === 'arrived') {
          const { connection } = entry;
          const stalledBeforeMs = time.stalledMs;
          sockets.set(entry.socket, { connection, confirmed: false, endsByMs: Infinity, stalledBeforeMs });
        }
        if (entry.kind === 'disturbed' && entry.socket !== undefined && entry.untilMs !== undefined) {
          silentUntil.set(entry.socket, Math.max(entry.untilMs, silentUntil.get(entry.socket) ?? 0));
          const billed = sockets.get(entry.socket);
          // If the network is down, the close frame is lost. Then the time counts from the end of the network
          // outage.
          if (billed !== undefined && billed.endsByMs < Infinity) {
            billed.endsByMs = Math.max(billed.endsByMs, entry.untilMs + travelMs);
          }
        }
        if (entry.kind === 'socketLeft' || entry.kind === 'socketGone') {
          const billed = sockets.get(entry.socket);
          if (billed?.endsByMs === Infinity) {
            const fromMs = Math.max(entry.atMs, silentUntil.get(entry.socket) ?? 0);
            billed.endsByMs = fromMs + CLOSE_TIMEOUT_MS + travelMs + backlogMs;
            billed.stalledBeforeMs = time.stalledMs;
          }
        }
        if (entry.kind !== 'service') return;
        const { entry: logged } = entry;
        for (const billed of sockets.values()) {
          if (billed.connection !== logged.connection) continue;
          if (logged.event === 'confirmed') billed.confirmed = true;
          if (logged.event === 'closed') billed.confirmed = false;
        }
      },
      step() {
        if (neverReads) return;
        for (const { connection, confirmed, endsByMs, stalledBeforeMs } of sockets.values()) {
          const lateMs = time.stalledMs - stalledBeforeMs;
          if (confirmed && time.nowMs > endsByMs + lateMs)
            violated(`connection ${connection} is still billed`);
        }
      },
      end() {
        if (service.openSockets > 0) violated('the service still bills a connection');
      },
    };
  },
};
