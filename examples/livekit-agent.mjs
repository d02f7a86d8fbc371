// @ts-check
// A LiveKit agent with an avatar, the whole worker file. Needs a LiveKit server, and `npm install @livekit/agents livekit-server-sdk`.
import { fileURLToPath } from 'node:url';
import { AvatarSession, prewarm } from 'avatarkit-session/livekit'; // says which package is missing, so the others come after it

const { ServerOptions, cli, defineAgent, voice } = await import('@livekit/agents');
const LIVEKIT = ['LIVEKIT_URL', 'LIVEKIT_API_KEY', 'LIVEKIT_API_SECRET'];
const NEEDED = [...LIVEKIT, 'SPATIUS_API_KEY', 'SPATIUS_APP_ID', 'SPATIUS_AVATAR_ID'];

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
  const missing = NEEDED.filter((name) => !process.env[name]);
  if (missing.length > 0) {
    console.error(`set ${missing.join(', ')} in the environment`);
    process.exit(1);
  }
  cli.runApp(new ServerOptions({ agent: fileURLToPath(import.meta.url), agentName: 'avatar-guide' }));
}
