/**
 * Combines the messages that sockets send in one turn of the event loop: those of one socket are written together at the end of the turn;
 * the first one never waits. Independent of what the messages contain.
 */
import type { Socket } from 'node:net';
import { realNextTick } from '../node/runtime-sources.js';

const LOOK_EVERY = 16;

let turn = 0;
let endIsPlanned = false;
/** Whether some socket had more than one message in the last turn that was observed. */
let crowded = false;
let unseen = 0;
const corked: Socket[] = [];

/** A number for the current turn. Between two observed turns every call counts as a turn of its own. */
export function currentTurn(): number {
  if (endIsPlanned) return turn;
  turn += 1;
  unseen += 1;
  if (crowded || unseen >= LOOK_EVERY) {
    endIsPlanned = true;
    unseen = 0;
    realNextTick(endTurn);
  }
  return turn;
}

/** Until the end of the current turn, bytes written to the socket wait in it. */
export function holdUntilTurnEnds(socket: Socket): void {
  socket.cork();
  corked.push(socket);
}

function endTurn(): void {
  endIsPlanned = false;
  crowded = corked.length > 0;
  // No effect on a socket that was destroyed meanwhile.
  for (const socket of corked.splice(0)) socket.uncork();
}
