/**
 * The sessions of this process that are open, so that a deploy can close them all: on demand, or when SIGTERM comes, for those
 * that asked for it. Also reports sessions that nobody holds any more while the service still bills them.
 */

/** What is held of an open session; it must not keep the application's session object alive. */
export interface OpenSession {
  readonly closeOnExit: boolean;
  readonly connectionId: string | undefined;
  close(): Promise<void>;
}

const EXIT_SIGNAL = 'SIGTERM';

const open = new Set<OpenSession>();
/** Those of them that SIGTERM shall close. */
const guarded = new Set<OpenSession>();
/** Whether SIGTERM is watched; `exiting`: it has come, and the process ends when the sessions have. */
let guard: 'off' | 'on' | 'exiting' = 'off';

/**
 * Counts a session as open until it is removed. Reports it when `holder`, the application's object, is garbage collected meanwhile:
 * handlers of the session that refer to it keep it alive, and so keep it from being reported.
 */
export function addOpenSession(holder: object, session: OpenSession): void {
  open.add(session);
  if (session.closeOnExit) guarded.add(session);
  forgotten.register(holder, session, session);
  regulateGuard();
}

/** The session is over; nothing happens where it has never been added. */
export function removeOpenSession(session: OpenSession): void {
  open.delete(session);
  guarded.delete(session);
  // What is registered is held, and leads back to the holder: an error keeps the frames of its stack, and with them `this`.
  forgotten.unregister(session);
  regulateGuard();
}

/** Closes every open session of this process; resolves when nothing of them is left. */
export async function closeOpenSessions(): Promise<void> {
  await Promise.all([...open].map((session) => session.close()));
}

/** The process's signal is watched only while a session wants it, so that others are not kept from deciding. */
function regulateGuard(): void {
  if (guard === 'exiting') return;
  const wanted = guarded.size > 0 ? 'on' : 'off';
  if (wanted === guard) return;
  guard = wanted;
  // First of all listeners: a later one that listens once would have vanished from the count below.
  if (wanted === 'on') process.prependListener(EXIT_SIGNAL, onExitSignal);
  else process.off(EXIT_SIGNAL, onExitSignal);
}

function onExitSignal(): void {
  process.off(EXIT_SIGNAL, onExitSignal);
  // The default is to end the process. Whoever else listens has decided otherwise.
  const endsHere = process.listenerCount(EXIT_SIGNAL) === 0;
  guard = 'exiting';
  const closing = [...guarded].map((session) => session.close());
  void Promise.all(closing).finally(() => {
    if (endsHere) {
      process.kill(process.pid, EXIT_SIGNAL);
      return;
    }
    guard = 'off';
    regulateGuard();
  });
}

const forgotten = new FinalizationRegistry<OpenSession>((session) => {
  if (!open.has(session)) return;
  const { connectionId } = session;
  process.emitWarning(
    `an avatar session was garbage collected while open${connectionId === undefined ? '' : ` (connection ${connectionId})`}: ` +
      'it goes on, and is billed while it is connected; hold it, and call close()',
    'AvatarKitForgottenSessionWarning',
  );
});
