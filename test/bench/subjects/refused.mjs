// @ts-check
/**
 * What a refused upgrade costs: an error with a code, a phase and a remediation, beside the bare status. Once for a session that is made for
 * it and ends with it, and once for an attempt of a session in an outage, which waits for a turn of the event loop before the next one: so
 * does the bare dial beside it.
 */
import WebSocket from 'ws';
import { createConnectGate, newAvatarSession } from 'avatarkit-session';
import { startPeer } from '../ends.mjs';
import { compare, cpuOfPiece, turn } from '../measure.mjs';

const TOKEN = 'st_Qm7vX2kLw9Rz4TnYbH8cJd6PfGs3VaUe';
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
  const tokenProvider = () => Promise.resolve(TOKEN);
  const refused = {
    appId,
    avatarId,
    ingressEndpointUrl: peer.refusedUrl,
    tokenProvider,
    retry: /** @type {const} */ (false),
    connectGate: /** @type {const} */ (false),
  };
  const rows = await compare(
    'refused upgrade',
    'µs',
    rounds,
    {
      raw: () => cpuOfPiece(() => inTurn(count, () => refusedDial(peer.refusedUrl)), count),
      'a second raw': () => cpuOfPiece(() => inTurn(count, () => refusedDial(peer.refusedUrl)), count),
      ours: () =>
        cpuOfPiece(
          () =>
            inTurn(count, () =>
              newAvatarSession(refused)
                .start()
                .catch(() => undefined),
            ),
          count,
        ),
    },
    warmUps,
    quick ? 1 : PIECES,
  );
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
        raw: () => cpuOfPiece(() => inTurn(attempts, () => refusedDial(peer.awayUrl).then(turn)), attempts),
        ours: () => cpuOfPiece(() => lastAttempt(newAvatarSession(inOutage), attempts), attempts),
      },
      warmUps,
      quick ? 1 : PIECES_IN_OUTAGE,
    )),
  );
  peer.stop();
  return rows;
}

/** One after the other. @param {number} count @param {() => Promise<unknown>} attempt */
async function inTurn(count, attempt) {
  for (let i = 0; i < count; i += 1) await attempt();
}

/** @param {import('avatarkit-session').AvatarSession} session @param {number} count */
async function lastAttempt(session, count) {
  /** @type {unknown} */
  const error = await session.start().catch((/** @type {unknown} */ failed) => failed);
  const { attempt } = /** @type {import('avatarkit-session').AvatarSDKError} */ (error);
  if (attempt !== count) throw new Error(`${count} attempts were to be made, ${attempt} were`);
}

/** A bare dial with the same headers, whose answer is read to its end. @param {string} url */
async function refusedDial(url) {
  const headers = { 'X-App-ID': 'bench', 'X-Session-Key': TOKEN, 'User-Agent': 'bench' };
  const socket = new WebSocket(`${url}/websocket?id=bench`, { perMessageDeflate: false, headers });
  socket.on('error', () => undefined);
  /** @type {import('node:http').IncomingMessage} */
  const answer = await new Promise((resolve) => {
    socket.on('unexpected-response', (_request, response) => resolve(response));
  });
  // Not `once`, which rejects at the error that `terminate` reports.
  const closed = new Promise((resolve) => socket.on('close', resolve));
  answer.resume();
  await new Promise((resolve) => answer.on('end', resolve));
  socket.terminate();
  await closed;
}
