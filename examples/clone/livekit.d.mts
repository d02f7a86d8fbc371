export * from '../../dist/livekit/avatar-session.js';
