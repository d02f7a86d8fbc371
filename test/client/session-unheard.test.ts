/** `start()` fails, and nobody looks at its promise or listens: the process says so, once. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AvatarSession, AvatarSessionOptions } from '../../src/index.js';
import { newAvatarSession, UpgradeRefused } from '../../src/index.js';
import { VirtualClock } from '../virtual-clock.js';
import { FakeTransport } from './fake-transport.js';

const warned: { text: string; type: unknown }[] = [];
beforeEach(() => {
  warned.length = 0;
  vi.spyOn(process, 'emitWarning').mockImplementation((text, type) => {
    warned.push({ text: String(text), type });
  });
});
afterEach(() => void vi.restoreAllMocks());

/** A session whose every upgrade is refused with 402. */
function refused(clock: VirtualClock, options: Partial<AvatarSessionOptions> = {}): AvatarSession {
  return newAvatarSession({
    appId: 'app',
    avatarId: 'avatar',
    ingressEndpointUrl: 'wss://ingress.test/v2',
    tokenProvider: () => 'a-token',
    transport: new FakeTransport((dial) => dial.refuse(new UpgradeRefused(402, {}, ''))),
    clock,
    ...options,
  });
}

/** A clock that no test of this file has used the minute of. */
async function clockOfItsOwn(): Promise<VirtualClock> {
  const clock = new VirtualClock();
  minutes += 2;
  await clock.advance(minutes * 60_000);
  return clock;
}
let minutes = 0;

describe('a start that fails', () => {
  it('un-awaited, with no listener: one warning with code, message and remediation', async () => {
    const clock = await clockOfItsOwn();
    const session = refused(clock);
    void session.start();
    session.speak(new Uint8Array(640));
    await clock.advance(1_000);
    expect(session.state).toBe('closed');
    expect(warned).toEqual([{ text: expect.anything() as string, type: 'AvatarKitUnheardFailureWarning' }]);
    expect(warned[0]?.text).toMatch(/billingRequired: upgrade refused with HTTP 402/);
    expect(warned[0]?.text).toContain('Check the billing state of the account in the console.');
    expect(warned[0]?.text).not.toContain('a-token');
  });

  it.each<[string, (session: AvatarSession) => unknown]>([
    ['awaited', (session) => session.start().catch(() => undefined)],
    ['with a listener for errors', (session) => void session.on('error', () => undefined).start()],
    ['with a listener for the close', (session) => void session.on('close', () => undefined).start()],
    [
      'awaited by the second call only',
      (session) => {
        void session.start();
        return session.start().catch(() => undefined);
      },
    ],
  ])('%s: no warning', async (_name, start) => {
    const clock = await clockOfItsOwn();
    const session = refused(clock);
    void start(session);
    await clock.advance(1_000);
    expect([session.state, warned]).toEqual(['closed', []]);
  });

  it.each(['onError', 'onClose'] as const)('with %s: no warning', async (option) => {
    const clock = await clockOfItsOwn();
    const session = refused(clock, { [option]: () => undefined });
    void session.start();
    await clock.advance(1_000);
    expect([session.state, warned]).toEqual(['closed', []]);
  });

  it('closed or aborted by the application: no warning', async () => {
    const clock = await clockOfItsOwn();
    const [closed, aborted] = [refused(clock), refused(clock)];
    void closed.start();
    void closed.close();
    void aborted.start({ signal: AbortSignal.abort() });
    await clock.advance(1_000);
    expect([closed.state, aborted.state, warned]).toEqual(['closed', 'closed', []]);
  });

  it('a thousand times: ten warnings a minute, and the number of the others', async () => {
    const clock = await clockOfItsOwn();
    const failAll = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index++) void refused(clock, { connectGate: false }).start();
      await clock.advance(1_000);
    };
    await failAll(1_000);
    expect(warned).toHaveLength(10);
    await clock.advance(60_000);
    await failAll(1);
    expect(warned[10]?.text).toContain('(and 990 more since the latest warning)');
  });
});
