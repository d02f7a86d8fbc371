/**
 * What the sockets of the process send in one turn of the event loop. The messages of one socket in one turn are written together at its
 * end; the first one never waits. Knows no messages.
 */
import type { Socket } from 'node:net';
import { realNextTick } from '../node/runtime-sources.js';

const LOOK_EVERY = 16;

let turn = 0;
let endIsPlanned = false;
/** Whether some socket had more than one message in the last turn that was looked at. */
let crowded = false;
let unseen = 0;
const corked: Socket[] = [];

/** A number for the current turn. Between two looks every call counts as a turn of its own. */
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

/** Until the end of the current turn what is written to the socket waits in it. */
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
