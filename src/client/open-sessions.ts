/**
 * The sessions of this process that are open, so that a deploy can close them all: on demand, or when SIGTERM comes, for those
 * that asked for it. Also reports sessions that nobody holds any more while the service still bills them.
 */

/** What is held of an open session; it must not keep the application's session object alive. */
export interface OpenSession {
  readonly closeOnExit: boolean;
  readonly connectionId: () => string | undefined;
  readonly close: () => Promise<void>;
}

const EXIT_SIGNAL = 'SIGTERM';

const open = new Set<OpenSession>();
let guarding = false;

/** From the start of a session until `removeOpenSession`. */
export function addOpenSession(session: OpenSession): void {
  open.add(session);
  regulateGuard();
}

export function removeOpenSession(session: OpenSession): void {
  open.delete(session);
  regulateGuard();
}

/** Closes every open session of this process; resolves when nothing of them is left. */
export async function closeOpenSessions(): Promise<void> {
  await Promise.all([...open].map((session) => session.close()));
}

/** The process's signal is watched only while a session wants it, so that others are not kept from deciding. */
function regulateGuard(): void {
  const wanted = [...open].some((session) => session.closeOnExit);
  if (wanted === guarding) return;
  guarding = wanted;
  if (wanted) process.once(EXIT_SIGNAL, onExitSignal);
  else process.off(EXIT_SIGNAL, onExitSignal);
}

function onExitSignal(): void {
  guarding = false;
  const closing = [...open].filter((session) => session.closeOnExit).map((session) => session.close());
  void Promise.all(closing).finally(() => {
    // The default is to end the process. Whoever else listens has decided otherwise, and has been told already.
    if (process.listenerCount(EXIT_SIGNAL) === 0) process.kill(process.pid, EXIT_SIGNAL);
  });
}

const forgotten = new FinalizationRegistry<OpenSession>((session) => {
  if (!open.has(session)) return;
  const connectionId = session.connectionId();
  process.emitWarning(
    `an avatar session was garbage collected while open${connectionId === undefined ? '' : ` (connection ${connectionId})`}: ` +
      'it goes on and is billed; hold it, and call close()',
    'AvatarKitForgottenSessionWarning',
  );
});

/** Reports it when `holder`, the application's object, is collected while the session is open. */
export function reportWhenForgotten(holder: object, session: OpenSession): void {
  forgotten.register(holder, session);
}
