/**
 * One write to the system for all that one socket sends in one turn of the event loop. The first message of a turn goes out at
 * once; what follows it in the same turn is held by the socket and goes out together at the turn's end. A write costs 1.3 µs, a
 * message within one 0.3 (test/bench/NOTES.md). To see a turn's end costs 0.4 itself, so as long as messages come alone only every
 * sixteenth of them looks whether it has company.
 */
import type { Socket } from 'node:net';
import { realNextTick } from './real-timers.js';

const LOOK_EVERY = 16;

let turn = 0;
let endIsPlanned = false;
/** Whether some socket had more than one message in the last turn that was looked at. */
let crowded = false;
let unseen = 0;
const held: Socket[] = [];

/** A number for the current turn. Where nobody looks, every call is a turn of its own. */
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
  held.push(socket);
}

function endTurn(): void {
  endIsPlanned = false;
  crowded = held.length > 0;
  // A socket that was destroyed meanwhile has nothing left to say, and takes this in silence.
  for (const socket of held.splice(0)) socket.uncork();
}
