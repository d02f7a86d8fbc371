/** The token for a room, checked by LiveKit's own package, and packages of LiveKit that are missing. */
import { TokenVerifier } from 'livekit-server-sdk';
import { describe, expect, it } from 'vitest';
import { loadPeer } from '../../src/livekit/peer-packages.js';
import { roomEgress } from '../../src/livekit/room-egress.js';

describe('the token for the room', () => {
  it('is for the avatar, on behalf of the agent, in this room, for an hour', async () => {
    const server = { url: 'wss://room', apiKey: 'key', apiSecret: 'secret', roomName: undefined };
    const avatar = { identity: 'face', name: 'Face', agentIdentity: 'agent-1' };
    const { apiToken = '', ...egress } = await roomEgress(server, 'lobby', avatar, 90_000);
    expect(egress).toEqual({
      url: 'wss://room',
      roomName: 'lobby',
      publisherId: 'face',
      extraAttributes: { 'lk.publish_on_behalf': 'agent-1', livekit_agent_identity: 'agent-1' },
      idleTimeout: 90,
    });
    const claims = await new TokenVerifier('key', 'secret').verify(apiToken);
    expect(claims).toMatchObject({
      sub: 'face',
      name: 'Face',
      kind: 'agent',
      attributes: { 'lk.publish_on_behalf': 'agent-1' },
      video: {
        roomJoin: true,
        room: 'lobby',
        canPublish: true,
        canPublishData: true,
        canSubscribe: false,
        canPublishSources: ['camera', 'microphone'],
      },
    });
    const leftS = (claims.exp ?? 0) - Date.now() / 1_000;
    expect(leftS).toBeGreaterThan(3_590);
    expect(leftS).toBeLessThanOrEqual(3_600);
  });
});

describe('a package of LiveKit that is missing', () => {
  it('is named with the command that installs it', async () => {
    const cause = new Error('Cannot find package');
    await expect(loadPeer('@livekit/agents', () => Promise.reject(cause))).rejects.toMatchObject({
      message:
        'avatarkit-session/livekit needs the package @livekit/agents: npm install @livekit/agents livekit-server-sdk',
      cause,
    });
  });
});
