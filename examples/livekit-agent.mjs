// @ts-check
// A LiveKit agent with an avatar, the whole worker file. Needs a LiveKit server, and `npm install @livekit/agents livekit-server-sdk`.
import { fileURLToPath } from 'node:url';
import { ServerOptions, cli, defineAgent, voice } from '@livekit/agents';
import { AvatarSession, prewarm } from 'avatarkit-session/livekit';

// In the environment: LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET; SPATIUS_API_KEY, SPATIUS_APP_ID and SPATIUS_AVATAR_ID.
export default defineAgent({
  prewarm, // what the avatars of a process share is there before the first job
  entry: async (ctx) => {
    await ctx.connect();
    const session = new voice.AgentSession({
      stt: 'deepgram/nova-3',
      llm: 'openai/gpt-4.1-mini',
      tts: 'cartesia/sonic-3',
    });

    // Losses of the connection are noticed and mended within seconds: the avatar goes on where the room stopped.
    const avatar = new AvatarSession({ session: { profile: 'interactive' } });
    await avatar.start(session, ctx.room); // before the session of the agent, which then speaks through the avatar
    avatar.session?.on('reconnect', ({ error }) => console.log(`the avatar reconnected after ${error.code}`));
    avatar.session?.on('close', ({ reason, error }) => {
      if (reason === 'failed') ctx.shutdown(error?.remediation); // An agent without a face is no use here.
    });

    const agent = new voice.Agent({
      instructions: 'You are a friendly guide. Answer in one or two sentences.',
    });
    await session.start({ agent, room: ctx.room });
    await avatar.waitForJoin();
    session.generateReply({ instructions: 'Greet the visitor.' });
  },
});

// node examples/livekit-agent.mjs dev
if (process.getBuiltinModule('node:fs').realpathSync(process.argv[1] ?? '.') === import.meta.filename) {
  cli.runApp(new ServerOptions({ agent: fileURLToPath(import.meta.url), agentName: 'avatar-guide' }));
}
