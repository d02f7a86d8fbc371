// @ts-check
/**
 * One process of a storm: one session with the default policy, which reports to its parent when it is
 * connected, and when it is no longer connected. It uses a fleet coordinator if the parent gives a Redis.
 */
import { newAvatarSession } from 'avatarkit-session';
import { joinFleet } from '../../fleet/join-fleet.mjs';

/**
 * The reference is kept here, so that the session does not count as forgotten.
 * @type {import('avatarkit-session').AvatarSession}
 */
let session;

process.once('message', (message) => void begin(message));
process.once('disconnect', () => process.exit(0));

/** @param {unknown} message */
async function begin(message) {
  const { options, redisPort, dialsPerSecond } =
    /** @type {{ options: import('avatarkit-session').AvatarSessionOptions, redisPort?: number, dialsPerSecond: number }} */ (
      message
    );
  const fleet =
    redisPort === undefined ? {} : { coordinator: await joinFleet(redisPort, { dialsPerSecond }) };
  session = newAvatarSession({
    ...options,
    ...fleet,
    onReconnect: ({ attempts }) => process.send?.({ kind: 'back', atMs: Date.now(), attempts }),
    onClose: ({ reason, error }) => process.send?.({ kind: 'over', why: error?.message ?? reason }),
  });
  session.start().then(
    () => process.send?.({ kind: 'started' }),
    (/** @type {unknown} */ error) => process.send?.({ kind: 'over', why: String(error) }),
  );
}
