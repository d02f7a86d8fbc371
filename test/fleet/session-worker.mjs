// @ts-check
/**
 * One process of a fleet with real sessions. Its parent sends a plan; each session is opened, kept open for
 * `holdMs`, closed and replaced by a new one, until the parent closes the channel. Reports their events to
 * the parent. It starts at once, or with the next message.
 *
 * @typedef {{ readonly target: import('avatarkit-session').AvatarSessionOptions, readonly port: number,
 *   readonly fleet: Partial<import('avatarkit-session/redis').RedisCoordinatorOptions>, readonly sessions:
 *   number, readonly holdMs?: number, readonly speaks?: boolean, readonly begins?: 'at once' | 'when told',
 *   }} Plan
 * @typedef {{ kind: 'joined' | 'open' | 'spoken' | 'back' | 'over' | 'wait' | 'closed', at: number, why:
 *   string, epochMs: number }} WorkerMessage
 */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { newAvatarSession } from 'avatarkit-session';
import { joinFleet } from './join-fleet.mjs';

process.once('disconnect', () => process.exit(0));
const message = /** @type {unknown[]} */ (await once(process, 'message'));
const plan = /** @type {Plan} */ (message[0]);
const { target, port, fleet, sessions, holdMs = Infinity, speaks = false, begins = 'at once' } = plan;
/** 0.2 s of silence. */
const WORD = new Uint8Array(6_400);
const coordinator = await joinFleet(port, fleet);
/** @type {Set<import('avatarkit-session').AvatarSession>} */
const open = new Set();
let ending = false;
report('joined', 0);
if (begins === 'when told') await once(process, 'message');
// The content of the message does not matter: it closes all sessions, and no more are opened.
process.on('message', () => {
  ending = true;
  void Promise.all([...open].map((session) => session.close())).then(() => report('closed', 0));
});
for (let at = 0; at < sessions; at += 1) void keepOne(at);

/** @param {number} at */
async function keepOne(at) {
  while (!ending) {
    const session = newAvatarSession({
      ...target,
      coordinator,
      onRetry: ({ source }) => source === 'gate' && report('wait', at, session.explain().at(-1)?.kind ?? ''),
      onReconnect: () => report('back', at),
      onClose: ({ reason, error }) => report('over', at, error?.message ?? reason),
    });
    open.add(session);
    const opened = await session.start().then(
      () => true,
      () => false,
    );
    if (opened) report('open', at);
    if (opened && speaks) void speakOn(session, at);
    if (holdMs === Infinity) return;
    await sleep(holdMs * (0.5 + Math.random()));
    await session.close();
    open.delete(session);
  }
}

/** @param {import('avatarkit-session').AvatarSession} session @param {number} at */
async function speakOn(session, at) {
  while (session.state !== 'closed') {
    const spoken = await session.speak(WORD).finished.catch(() => undefined);
    if (spoken === undefined) return;
    if (spoken.outcome === 'delivered') report('spoken', at);
    await sleep(100);
  }
}

/** @param {WorkerMessage['kind']} kind @param {number} at */
function report(kind, at, why = '') {
  // The parent may have ended.
  process.send?.({ kind, at, why, epochMs: Date.now() }, undefined, undefined, () => undefined);
}
