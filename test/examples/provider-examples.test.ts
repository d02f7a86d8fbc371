/** The examples with a speech provider, each with recorded messages of the provider. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { newAvatarSession } from '../../src/index.js';
import { say } from '../../examples/vercel-ai-speech.mjs';
import { wavBytes } from '../audio/wav-bytes.js';
import { RecordedProvider } from './recorded-provider.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The output of the example. Rejects for an exit code other than 0. */
async function run(name: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [`examples/${name}`], {
    cwd: ROOT,
    timeout: 25_000,
    env: { ...process.env, NO_COLOR: '1', ...environment },
  });
  expect(stderr).toBe('');
  return stdout;
}

describe('an example without its requirements', () => {
  /** The exit code and the output of an example. */
  async function outcome(name: string, words: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
    const error: unknown = await promisify(execFile)(process.execPath, [...words, `examples/${name}`], {
      cwd: ROOT,
      timeout: 25_000,
      env: { PATH: process.env['PATH'], ...env },
    }).catch((thrown: unknown) => thrown);
    return error as { readonly code: number; readonly stdout: string; readonly stderr: string };
  }

  it.each([
    ['openai-realtime.mjs', 'OPENAI_API_KEY'],
    ['elevenlabs-tts.mjs', 'ELEVENLABS_API_KEY'],
    ['cartesia-tts.mjs', 'CARTESIA_API_KEY'],
    [
      'livekit-agent.mjs',
      'LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET, SPATIUS_API_KEY, SPATIUS_APP_ID, SPATIUS_AVATAR_ID',
    ],
  ])('prints in one line what to set, and ends with exit code 1: %s', async (name, named) => {
    expect(await outcome(name)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `set ${named} in the environment\n`,
    });
  });

  it('reports which package of LiveKit is missing', async () => {
    const hooks = `export const resolve = (name, context, next) => {
      if (name === '@livekit/agents') throw new Error('not found');
      return next(name, context);
    };`;
    const register = `import { register } from 'node:module';
      register('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(hooks))});`;
    const words = ['--import', `data:text/javascript,${encodeURIComponent(register)}`];
    const { code, stderr } = await outcome('livekit-agent.mjs', words);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'avatarkit-session/livekit needs the package @livekit/agents: npm install @livekit/agents livekit-server-sdk\n',
    );
  });
});

describe('OpenAI Realtime', () => {
  it('gets the shown length of its answer at a barge-in, and continues with the next answer', async () => {
    await using provider = await RecordedProvider.start('openai-realtime');
    const printed = await run('openai-realtime.mjs', { OPENAI_API_KEY: 'key', OPENAI_URL: provider.url });
    const [truncate] = provider.received;
    expect(provider.received).toEqual([
      {
        type: 'conversation.item.truncate',
        item_id: 'item_1',
        content_index: 0,
        audio_end_ms: truncate?.['audio_end_ms'],
      },
    ]);
    const shownMs = Number(/item_1: (\d+) ms shown/.exec(printed)?.[1]);
    expect(truncate?.['audio_end_ms']).toBe(shownMs);
    expect(shownMs).toBeGreaterThanOrEqual(40);
    expect(shownMs).toBeLessThan(3_000);
    expect(printed).toMatch(/^item_1: started\n(.*\n)*item_1: interrupted\n(.*\n)*item_3: 400 ms shown\n$/);
  });
});

describe('ElevenLabs', () => {
  it('gets the words when the model writes them, and its speech is sent', async () => {
    await using provider = await RecordedProvider.start('elevenlabs-tts');
    expect(await run('elevenlabs-tts.mjs', { ELEVENLABS_API_KEY: 'key', ELEVENLABS_URL: provider.url })).toBe(
      'delivered, 25 keyframes\n',
    );
    expect(provider.received.map(({ text }) => text)).toEqual([' ', 'Hello, ', 'I am ', 'your avatar. ', '']);
  });
});

describe('Cartesia', () => {
  it('synthesizes one sentence to its end, without audio of others, and cancels an interrupted one', async () => {
    await using provider = await RecordedProvider.start('cartesia-tts');
    const printed = await run('cartesia-tts.mjs', { CARTESIA_API_KEY: 'key', CARTESIA_URL: provider.url });
    expect(printed).toBe('delivered, 25 keyframes\ninterrupted\n');
    const [first, second, cancel] = provider.received;
    expect(cancel).toEqual({ context_id: second?.['context_id'], cancel: true });
    expect(second?.['context_id']).not.toBe(first?.['context_id']);
  });
});

describe('the AI SDK of Vercel', () => {
  it('returns speech of any rate, which is sent at the rate of the session', async () => {
    await using service = await AvatarEmulator.start({ maxHeardBytes: 1_000_000 });
    await using session = newAvatarSession(service.sessionOptions);
    await session.start();
    const requests: object[] = [];
    const generate = (request: object) => {
      requests.push(request);
      const uint8Array = wavBytes({ sampleRate: 24_000, pcm: new Uint8Array(48_000) });
      return Promise.resolve({ audio: { uint8Array, format: 'wav' } });
    };
    const { keyframes } = await say(session, generate, 'Hello.').finished;
    expect(keyframes).toBe(25);
    expect(service.heard).toMatchObject([{ durationMs: 1_000 }]);
    expect(requests).toMatchObject([{ text: 'Hello.', outputFormat: 'wav' }]);
  });

  it('with a provider that returns another format fails with an error that names the format', async () => {
    await using service = await AvatarEmulator.start();
    await using session = newAvatarSession(service.sessionOptions);
    await session.start();
    const generate = () => Promise.resolve({ audio: { uint8Array: new Uint8Array(10), format: 'mp3' } });
    await expect(say(session, generate, 'Hello.').finished).rejects.toMatchObject({
      cause: { message: 'the provider gave mp3 instead of wav' },
    });
  });
});
