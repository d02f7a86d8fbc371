// @ts-check
/** Makes as many refused dials as each message of the parent says, and answers with their processor time. */
import { cpuOfPiece } from './measure.mjs';
import { inTurn, refusedByHand, refusedSession } from './refused-dial.mjs';

const [kind, peerText = '{}'] = process.argv.slice(2);
const peer = /** @type {import('./refused-dial.mjs').RefusingPeer} */ (JSON.parse(peerText));
const dial = kind === 'session' ? refusedSession(peer) : () => refusedByHand(peer.refusedUrl);

process.on('message', (/** @type {number} */ count) => {
  void cpuOfPiece(() => inTurn(count, dial), count).then((cpu) => process.send?.(cpu));
});
