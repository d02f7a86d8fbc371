/**
 * When `start()` fails, its promise has no handler, and the session has no listener, one process warning
 * reports it.
 */
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

/** A session whose upgrades are all refused with 402. */
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

/** A clock that begins in a minute that no earlier test of this file has used. */
async function clockOfItsOwn(): Promise<VirtualClock> {
  const clock = new VirtualClock();
  minutes += 2;
  await clock.advance(minutes * 60_000);
  return clock;
}
let minutes = 0;

describe('a start that fails', () => {
  it('without await and without a listener: one warning with code, message and remediation', async () => {
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
    [
      'awaited only by the second call',
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

  it('with onError: no warning', async () => {
    const clock = await clockOfItsOwn();
    const session = refused(clock, { onError: () => undefined });
    void session.start();
    await clock.advance(1_000);
    expect([session.state, warned]).toEqual(['closed', []]);
  });

  it('with handlers only for the close and the states: one warning', async () => {
    const clock = await clockOfItsOwn();
    const session = refused(clock, { onClose: () => undefined });
    void session
      .on('close', () => undefined)
      .on('state', () => undefined)
      .start();
    await clock.advance(1_000);
    expect(warned).toHaveLength(1);
  });

  it('closed or aborted by the application: no warning', async () => {
    const clock = await clockOfItsOwn();
    const [closed, aborted, later] = [refused(clock), refused(clock), refused(clock)];
    const controller = new AbortController();
    void closed.start();
    void closed.close();
    void aborted.start({ signal: AbortSignal.abort() });
    void later.start({ signal: controller.signal });
    controller.abort(new Error('the user has left'));
    await clock.advance(1_000);
    expect([closed.state, aborted.state, later.state, warned]).toEqual(['closed', 'closed', 'closed', []]);
  });

  it.each<[string, (signal: AbortSignal) => AbortSignal]>([
    ['a time-out signal', (signal) => signal],
    [
      'a signal that combines a time-out signal with others',
      (signal) => AbortSignal.any([signal, new AbortController().signal]),
    ],
  ])(
    'ended by %s: a failure, with an error event, and one warning if there is no handler',
    async (_name, of) => {
      const clock = await clockOfItsOwn();
      const signal = of(AbortSignal.timeout(1));
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      const [unheard, heard, awaited] = [refused(clock), refused(clock), refused(clock)];
      const errors: unknown[] = [];
      heard.on('error', (error) => errors.push(error));
      void unheard.start({ signal });
      void heard.start({ signal });
      await expect(awaited.start({ signal })).rejects.toMatchObject({ reason: 'aborted' });
      await clock.advance(1_000);
      expect(warned).toHaveLength(1);
      expect(warned[0]?.text).toMatch(/could not start.*the start was aborted by its signal/);
      expect(errors).toMatchObject([{ code: 'connectionClosed', reason: 'aborted', willRetry: false }]);
    },
  );

  it.each<[string, (session: AvatarSession) => unknown]>([
    ['a wrong option', (session) => session.start({ signall: 1 } as never)],
    ['a signal in the place of the options', (session) => session.start(AbortSignal.abort() as never)],
  ])('with %s: one warning that names it, although there is a listener for errors', async (_name, start) => {
    const clock = await clockOfItsOwn();
    const session = refused(clock, { onError: () => undefined });
    void start(session);
    await expect(start(session)).rejects.toThrow(TypeError);
    await clock.advance(1_000);
    expect(session.state).toBe('idle');
    expect(warned).toHaveLength(1);
    expect(warned[0]?.text).toMatch(/^start\(\) of an avatar session has wrong options, .*signal/);
  });

  it('after close(), many times: one warning', async () => {
    const clock = await clockOfItsOwn();
    const session = refused(clock);
    await session.close();
    await session.start().catch(() => undefined);
    await clock.advance(1_000);
    expect(warned).toEqual([]);
    void session.start();
    void session.start();
    await clock.advance(1_000);
    expect(warned).toHaveLength(1);
    expect(warned[0]?.text).toMatch(/could not start: connectionClosed: the session was closed/);
  });

  it('and is called again afterwards: only one warning', async () => {
    const clock = await clockOfItsOwn();
    const session = refused(clock);
    void session.start();
    await clock.advance(1_000);
    void session.start();
    await clock.advance(1_000);
    expect(warned).toHaveLength(1);
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
