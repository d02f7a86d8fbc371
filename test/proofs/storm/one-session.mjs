// @ts-check
/** One process of a storm: one session with the default policy, which tells its parent when it is connected, and when no more. */
import { newAvatarSession } from 'avatarkit-session';

/** Held here, so that nothing takes it for a session that was forgotten. @type {import('avatarkit-session').AvatarSession} */
let session;

process.once('message', (options) => {
  session = newAvatarSession({
    .../** @type {import('avatarkit-session').AvatarSessionOptions} */ (options),
    onReconnect: ({ attempts }) => process.send?.({ kind: 'back', atMs: Date.now(), attempts }),
    onClose: ({ reason, error }) => process.send?.({ kind: 'over', why: error?.message ?? reason }),
  });
  session.start().then(
    () => process.send?.({ kind: 'started' }),
    (/** @type {unknown} */ error) => process.send?.({ kind: 'over', why: String(error) }),
  );
});
process.once('disconnect', () => process.exit(0));
