// @ts-check
/**
 * What a refused upgrade costs: an error with a code, a phase and a remediation, beside the bare status. For a session that is made for it
 * and ends with it: in one process with the bare dials, where each pays for the garbage of the other, and in a process of its own, as in an
 * application. And for an attempt of a session in an outage, which waits for a turn of the event loop before the next one, as the bare dial
 * beside it does.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createConnectGate, newAvatarSession } from 'avatarkit-session';
import { startPeer } from '../ends.mjs';
import { compare, cpuOfPiece, turn } from '../measure.mjs';
import { inTurn, refusedByHand, refusedSession, TOKEN } from '../refused-dial.mjs';

/** The engine compiles a session's part later than that of a bare dial, which is shorter. */
const WARM_UPS = 20;
const ROUNDS = 31;
/** Dials of each contender in a round, and in how many pieces. In an outage a piece is a session of its own. */
const DIALS = 400;
const PIECES = 16;
const PIECES_IN_OUTAGE = 4;

/** @param {boolean} quick */
export async function measure(quick) {
  const [rounds, warmUps] = quick ? [1, 0] : [ROUNDS, WARM_UPS];
  const count = quick ? 10 : DIALS / PIECES;
  const attempts = quick ? 10 : DIALS / PIECES_IN_OUTAGE;
  const peer = await startPeer({ awake: !quick });
  const { appId, avatarId } = peer.options;
  const refusing = { appId, avatarId, refusedUrl: peer.refusedUrl };
  const bySession = refusedSession(refusing);
  const byHand = () => refusedByHand(peer.refusedUrl);
  const rows = await compare(
    'refused upgrade',
    'µs',
    rounds,
    {
      raw: () => cpuOfPiece(() => inTurn(count, byHand), count),
      'a second raw': () => cpuOfPiece(() => inTurn(count, byHand), count),
      ours: () => cpuOfPiece(() => inTurn(count, bySession), count),
    },
    warmUps,
    quick ? 1 : PIECES,
  );
  const dials = quick ? 10 : DIALS;
  const bare = inOwnProcess('bare', refusing, dials);
  const secondBare = inOwnProcess('bare', refusing, dials);
  const session = inOwnProcess('session', refusing, dials);
  const apart = { raw: bare.round, 'a second raw': secondBare.round, ours: session.round };
  rows.push(...(await compare('refused upgrade, a process each', 'µs', rounds, apart, warmUps)));
  for (const { end } of [bare, secondBare, session]) end();
  const tokenProvider = () => Promise.resolve(TOKEN);
  const inOutage = {
    ...{ appId, avatarId, tokenProvider, ingressEndpointUrl: peer.awayUrl, connectGate: createConnectGate() },
    retry: {
      maxAttempts: attempts,
      maxElapsedMs: Infinity,
      backoff: { baseMs: 0, capMs: 0, minIntervalMs: 0 },
    },
  };
  rows.push(
    ...(await compare(
      'refused upgrade, in an outage',
      'µs',
      rounds,
      {
        raw: () => cpuOfPiece(() => inTurn(attempts, () => refusedByHand(peer.awayUrl).then(turn)), attempts),
        ours: () => cpuOfPiece(() => lastAttempt(newAvatarSession(inOutage), attempts), attempts),
      },
      warmUps,
      quick ? 1 : PIECES_IN_OUTAGE,
    )),
  );
  peer.stop();
  return rows;
}

/** @param {import('avatarkit-session').AvatarSession} session @param {number} count */
async function lastAttempt(session, count) {
  /** @type {unknown} */
  const error = await session.start().catch((/** @type {unknown} */ failed) => failed);
  const { attempt } = /** @type {import('avatarkit-session').AvatarSDKError} */ (error);
  if (attempt !== count) throw new Error(`${count} attempts were to be made, ${attempt} were`);
}

/** @param {'bare' | 'session'} kind @param {import('../refused-dial.mjs').RefusingPeer} peer @param {number} count */
function inOwnProcess(kind, peer, count) {
  const program = fileURLToPath(new URL('../refused-process.mjs', import.meta.url));
  const child = fork(program, [kind, JSON.stringify(peer)], { execArgv: [] });
  /** @returns {Promise<number>} */
  const round = async () => {
    child.send(count);
    const [cpu] = /** @type {[number]} */ (await once(child, 'message'));
    return cpu;
  };
  return { round, end: () => child.disconnect() };
}
