/**
 * The packages of LiveKit that this entry needs. Both are optional peers, and native parts of the first take a second to load, so no
 * other file of this package imports them. `AvatarSession` extends a class of theirs, so they are awaited when the entry is imported.
 */
import type * as Agents from '@livekit/agents';
import type * as Server from 'livekit-server-sdk';
import { loadPeer } from '../adapters/node/peer-package.js';

const BOTH = { entry: 'avatarkit-session/livekit', install: '@livekit/agents livekit-server-sdk' };

export const agents: typeof Agents = await loadPeer(
  { ...BOTH, name: '@livekit/agents' },
  () => import('@livekit/agents'),
);
export const server: typeof Server = await loadPeer(
  { ...BOTH, name: 'livekit-server-sdk' },
  () => import('livekit-server-sdk'),
);
