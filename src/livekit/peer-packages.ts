/**
 * The packages of LiveKit that this entry needs. Both are optional peers, and native parts of the first take a second to load: nothing
 * else of this package imports them. `AvatarSession` is a class of theirs, so they are awaited when the entry is imported.
 */
import type * as Agents from '@livekit/agents';
import type * as Server from 'livekit-server-sdk';

/** @throws Error naming the command that installs both packages, where one can't be loaded */
export async function loadPeer<Peer>(name: string, load: () => Promise<Peer>): Promise<Peer> {
  return await load().catch((cause: unknown) => {
    throw new Error(
      `avatarkit-session/livekit needs the package ${name}: npm install @livekit/agents livekit-server-sdk`,
      { cause },
    );
  });
}

export const agents: typeof Agents = await loadPeer('@livekit/agents', () => import('@livekit/agents'));
export const server: typeof Server = await loadPeer('livekit-server-sdk', () => import('livekit-server-sdk'));
