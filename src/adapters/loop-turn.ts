/**
 * One write to the system for all that one socket sends in one turn of the event loop. The first message of a turn goes out at
 * once; what follows it in the same turn is held by the socket and goes out together at the turn's end. A write costs 1.3 µs, a
 * message within one 0.3 (test/bench/NOTES.md). All sockets of the process share one look at the turn's end.
 */
import type { Socket } from 'node:net';

let turn = 0;
let endIsPlanned = false;
const corked: Socket[] = [];

/** A number that is another one after every turn: what runs before the process turns to its queues again sees the same. */
export function currentTurn(): number {
  if (!endIsPlanned) {
    endIsPlanned = true;
    process.nextTick(endTurn);
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
  turn += 1;
  // A socket that was destroyed meanwhile has nothing left to say, and takes this in silence.
  for (const socket of corked.splice(0)) socket.uncork();
}
