/**
 * The data with which the service publishes the avatar into a LiveKit room: a token, made for each dial because it expires. The secret of
 * the LiveKit server stays in this process.
 */
import type { LiveKitEgress } from '../ports/message.js';
import { server } from './peer-packages.js';
import type { RoomServer } from './call-options.js';

/**
 * How long a token is valid for entering the room, seconds; a participant that has entered may stay. The value of the vendor's plugin.
 */
const TOKEN_LASTS_S = 3_600;
/** The attribute with which a room shows two participants as one. */
const ON_BEHALF = 'lk.publish_on_behalf';

export interface AvatarParticipant {
  readonly identity: string;
  readonly name: string;
  /** The identity of the agent that the avatar speaks for. */
  readonly agentIdentity: string;
}

/** The egress of one dial. */
export async function roomEgress(
  { url, apiKey, apiSecret }: RoomServer,
  roomName: string,
  { identity, name, agentIdentity }: AvatarParticipant,
  idleTimeoutMs: number,
): Promise<LiveKitEgress> {
  const token = new server.AccessToken(apiKey, apiSecret, { identity, name, ttl: TOKEN_LASTS_S });
  token.kind = 'agent';
  token.attributes = { [ON_BEHALF]: agentIdentity };
  token.addGrant({
    roomJoin: true,
    room: roomName,
    canPublish: true,
    canPublishData: true,
    canSubscribe: false,
    canPublishSources: [server.TrackSource.CAMERA, server.TrackSource.MICROPHONE],
  });
  return {
    url,
    roomName,
    apiToken: await token.toJwt(),
    publisherId: identity,
    extraAttributes: { [ON_BEHALF]: agentIdentity, livekit_agent_identity: agentIdentity },
    idleTimeout: Math.round(idleTimeoutMs / 1_000),
  };
}
