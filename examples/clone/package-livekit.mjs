// @ts-check
import './built.mjs';

export const { AvatarSession, prewarm } = await import('../../dist/livekit/avatar-session.js');
