/**
 * The token for a room, checked by LiveKit's own package, and the error if a package of LiveKit is missing.
 */
import { TokenVerifier } from 'livekit-server-sdk';
import { describe, expect, it } from 'vitest';
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
