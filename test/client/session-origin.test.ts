/** The field `origin` of the errors that the application gets: the source of a failure. Virtual time. */
import { describe, expect, it } from 'vitest';
import type { AvatarSDKError, AvatarSessionOptions, RetryContext } from '../../src/index.js';
import { UpgradeRefused } from '../../src/index.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSessionPlan } from './virtual-session.js';

const CONSOLE = { apiKey: 'key', consoleEndpointUrl: 'https://console.test/v1', tokenProvider: undefined };
const confirming: VirtualSessionPlan['service'] = (dial) => void dial.confirm();

/** The failure of a session with one attempt. */
async function failureOf(
  options: Partial<AvatarSessionOptions>,
  service = confirming,
): Promise<AvatarSDKError | undefined> {
  const { session, clock, errors } = virtualSession({ service, options: { retry: false, ...options } });
  const started = session.start().catch(() => undefined);
  await clock.advance(60_000);
  await started;
  return errors[0];
}
const never = (): Promise<never> => new Promise(() => undefined);
const rejecting = (error: Error) => (): Promise<never> => Promise.reject(error);
const systemError = (code: string): Error => Object.assign(new Error(code), { code });

describe('a failure has the origin application', () => {
  it.each<[string, Partial<AvatarSessionOptions>]>([
    ['a token provider that throws', { tokenProvider: rejecting(new Error('no backend')) }],
    ['a token provider that does not settle', { tokenProvider: never }],
    ['a token provider that returns no token', { tokenProvider: () => '' }],
    [
      'a token provider whose own requests are refused',
      { tokenProvider: rejecting(systemError('ECONNREFUSED')) },
    ],
    ['an egress function that throws', { livekitEgress: rejecting(new Error('no room')) }],
    ['an egress function that does not settle', { livekitEgress: never }],
    ['an egress function that returns nothing', { livekitEgress: () => undefined as never }],
    [
      'an httpPost that throws by itself',
      { ...CONSOLE, httpPost: rejecting(new TypeError('not a function')) },
    ],
  ])('if it is caused by %s', async (_name, options) => {
    expect(await failureOf(options)).toMatchObject({
      origin: 'application',
    });
  });
});

describe('a failure has the origin transport', () => {
  it.each<[string, Partial<AvatarSessionOptions>]>([
    [
      'an httpPost whose connection is refused',
      { ...CONSOLE, httpPost: rejecting(systemError('ECONNREFUSED')) },
    ],
    [
      'an httpPost with fetch, whose error has the reason in its cause',
      {
        ...CONSOLE,
        httpPost: rejecting(new TypeError('fetch failed', { cause: systemError('ECONNRESET') })),
      },
    ],
    ['an httpPost that gets no answer in time', { ...CONSOLE, httpPost: never }],
  ])('if it is caused by %s', async (_name, options) => {
    expect(await failureOf(options)).toMatchObject({
      code: 'connectionFailed',
      origin: 'transport',
    });
  });
});

it('a refusal by the service has the origin service, which retry.decide also gets', async () => {
  const contexts: RetryContext[] = [];
  const decide = (context: RetryContext): void => void contexts.push(context);
  const service: VirtualSessionPlan['service'] = (dial) =>
    dial.refuse(new UpgradeRefused(403, {}, '{"message":"app id mismatch"}'));
  const error = await failureOf({ retry: { decide } }, service);
  expect([error?.origin, error?.toJSON()['origin']]).toEqual(['service', 'service']);
  expect(contexts).toMatchObject([{ code: 'appIDMismatch', origin: 'service' }]);
});

it('misuse has the origin local', async () => {
  const { session } = virtualSession({ service: confirming });
  await expect(session.sendAudio(new Uint8Array(2), true)).rejects.toMatchObject({ origin: 'local' });
});
