// @ts-check
import './built.mjs';

export const { AvatarSession } = await import('../../dist/livekit/avatar-session.js');
