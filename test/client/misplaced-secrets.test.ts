/**
 * A secret as the value of a wrong option, or as the name of an option: no error about an option shows it, and
 * every message is short.
 */
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import {
  AvatarSession,
  createWebSocketTransport,
  createWsTransport,
  newAvatarSession,
} from '../../src/index.js';
import { GROUP_NAMES, OPTION_NAMES } from './option-names.js';

const SECRETS = [
  'sk_live_9f8e7d6c5b4a3210',
  'AbCdEfGhIjKlMnOpQrStUvWx',
  'glpat-abcdefghijklmnop',
  'Z'.repeat(100_000),
  // Secrets that are short or plain words.
  ...['hunter2', 'swordfish', 'Pa55', 'zq9x'],
];
const LONGEST_MESSAGE = 1_000;

/** The values that an option can have by mistake, each with the secret in it. */
function formsOf(secret: string): readonly unknown[] {
  return [
    ...[secret, `${secret}\n`, ` ${secret}`, `https://user:${secret}@host name/`, [secret], [[secret]]],
    ...[{ [secret]: secret }, { x: secret }, { token: [secret] }, { toString: () => secret }],
    ...[Symbol(secret), new Error(secret), Buffer.from(secret), Object.assign(() => undefined, { secret })],
  ];
}

const EMULATOR_NAMES = [
  'port',
  'host',
  'allowedHosts',
  'faults',
  'apps',
  'avatars',
  'tokenField',
  'pace',
  'capabilities',
];

/** No server listens at this address, so a start that is not refused fails at once. */
const CREDENTIALS = {
  apiKey: 'another-key',
  appId: 'app',
  avatarId: 'avatar',
  consoleEndpointUrl: 'http://127.0.0.1:1',
  retry: false,
} as const;
const newWith = (more: object): unknown => newAvatarSession({ ...CREDENTIALS, ...more });

function* calls(value: unknown): Iterable<() => unknown> {
  for (const name of OPTION_NAMES) yield () => newWith({ [name]: value });
  for (const [group, names] of Object.entries(GROUP_NAMES)) {
    for (const name of names) yield () => newWith({ [group]: { [name]: value } });
  }
  yield () => newWith({ retry: { rules: { connectionFailed: value } } });
  yield () => newWith({ retry: { backoff: { jitter: value } } });
  yield () => newAvatarSession(value as never);
  const session = newAvatarSession(CREDENTIALS);
  for (const options of [value, { signal: value }]) yield () => session.start(options as never);
  for (const options of [value, { recovery: value }, { ttlMs: value }]) {
    yield () => session.speak(undefined, options as never);
  }
  for (const options of [value, { drain: value }, { timeoutMs: value }]) {
    yield () => newAvatarSession(CREDENTIALS).close(options as never);
    yield () => AvatarSession.closeAll(options as never);
  }
  for (const options of [value, { agent: value }]) yield () => createWsTransport(options as never);
  for (const options of [value, { clock: value }]) yield () => createWebSocketTransport(options as never);
  yield () => session.on('close', value as never);
  for (const name of EMULATOR_NAMES) {
    for (const given of [value, [value]]) yield () => started({ [name]: given });
  }
  for (const name of ['appId', 'apiKey', 'creditMs']) {
    yield () => started({ apps: [{ appId: 'app', apiKey: 'key', [name]: value }] });
  }
  for (const name of ['kind', 'phase', 'status', 'headers', 'times']) {
    yield () => started({ faults: [{ kind: 'refuse', phase: 'token', status: 500, [name]: value }] });
  }
}

async function started(options: object): Promise<void> {
  const service = await AvatarEmulator.start(options);
  await service.stop();
}

describe('a number in the wrong place', () => {
  it.each([7_295, 482_133, 48_213_377, -12_345_678, 4_821_337_561, 123_456_789_012_345])(
    'is not shown: %d',
    async (secret) => {
      const digits = String(Math.abs(secret));
      for (const value of [secret, digits, BigInt(secret), [secret], { [digits]: secret }]) {
        for (const call of calls(value)) {
          const error: unknown = await Promise.resolve()
            .then(call)
            .catch((thrown: unknown) => thrown);
          if (error instanceof Error) expect(error.message).not.toContain(digits);
        }
      }
    },
  );
});

describe('a secret in the wrong place', () => {
  it.each(SECRETS.map((secret) => [secret.slice(0, 24), secret]))(
    'is not shown: %s',
    async (_name, secret) => {
      let refused = 0;
      for (const value of formsOf(secret)) {
        for (const call of calls(value)) {
          const error: unknown = await Promise.resolve()
            .then(call)
            .catch((thrown: unknown) => thrown);
          if (!(error instanceof Error)) continue;
          refused += 1;
          expect(error.message.length).toBeLessThan(LONGEST_MESSAGE);
          expect(error.message.toLowerCase()).not.toContain(secret.toLowerCase());
        }
      }
      expect(refused).toBeGreaterThan(1_000);
    },
  );
});
