/**
 * Checks what a world of closed sessions still keeps: everything that keeps a process alive, or grows with
 * each session.
 */
import { getEventListeners } from 'node:events';
import { keptProcessBytes } from '../../../src/client/speech/replay-budget.js';
import { beginsLife } from './check.js';
import type { Check } from './check.js';

export const nothingPending: Check = {
  name: 'nothing-pending',
  rule: 'when every session is closed no timer, socket, request, listener and byte of audio is left: the process could exit',
  watch({ actors, time, network, service }, violated) {
    const closed = new Set<number>();
    return {
      read(entry) {
        if (entry.kind !== 'emitted') return;
        if (entry.name === 'close') closed.add(entry.session);
        if (beginsLife(entry)) closed.delete(entry.session);
      },
      step() {
        if (closed.size < actors.length) return;
        if (time.clientTimers > 0)
          violated(`all sessions are closed, and ${time.clientTimers} timers are left`);
        if (network.openSockets > 0)
          violated(`all sessions are closed, and ${network.openSockets} sockets are open`);
        if (network.openRequests > 0)
          violated(`all sessions are closed, and ${network.openRequests} requests are unfinished`);
        const signals = actors.flatMap((actor) => actor.signals);
        const listeners = signals.reduce((sum, one) => sum + getEventListeners(one, 'abort').length, 0);
        if (listeners > 0)
          violated(`all sessions are closed, and ${listeners} listeners are left on signals`);
        if (keptProcessBytes() > 0) violated('all sessions are closed, and audio is kept for a re-send');
      },
      end() {
        if (service.openSockets > 0) violated(`the service still has ${service.openSockets} sockets`);
        if (!time.isOver) violated('events are still pending');
      },
    };
  },
};
