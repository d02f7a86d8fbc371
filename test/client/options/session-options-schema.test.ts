/**
 * The JSON Schema of a file with the options of a session, and the checks of the session. Both are made from the
 * same rows, so they must agree.
 */
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SESSION_FIELDS } from '../../../src/client/options/session-fields.js';
import { sessionOptionsSchema } from '../../../src/client/options/session-fields.js';
import { inFile } from '../../../src/core/option/option-schema.js';
import { refusal, required } from './refused-options.js';

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, strictTypes: false });
const accepts = ajv.compile(sessionOptionsSchema());

/** Options with checks that a schema cannot express: characters, URLs, regions, dates, credentials of a room. */
const CHECKED_FURTHER = ['apiKey', 'appId', 'avatarId', 'region', 'consoleEndpointUrl', 'ingressEndpointUrl'];
const FURTHER = [...CHECKED_FURTHER, 'expireAt', 'userAgent', 'livekitEgress', 'agoraEgress'];

const NAMES = Object.entries(SESSION_FIELDS)
  .filter(([name, field]) => inFile(field) !== undefined && !FURTHER.includes(name))
  .map(([name]) => name);

/** Other options that an option requires. */
const BESIDE: Readonly<Record<string, object>> = { oggOpusEncoder: { audioFormat: 'ogg_opus' } };

const value = fc.oneof(
  fc.constantFrom<unknown>(true, false, null, '', 'replay', 'tail', 'reconnect', 'stay', 'default', {}, []),
  fc.constantFrom(0, 1, 19, 20, 99, 100, 1_023, 1_024, 16_000, 1_000_000, 2 ** 31 - 1, 2 ** 31, -1, 0.5),
  fc.record(
    {
      maxBytes: fc.constantFrom<unknown>(0, 1, 0.5, -1, 'x'),
      ttlMs: fc.constantFrom<unknown>(0, 1.5, -1, null),
      onLimit: fc.constantFrom('wait', 'fail', 'never'),
    },
    { requiredKeys: [] },
  ),
  fc.record({ intervalMs: fc.constantFrom<unknown>(20, 19, 5_000.5, null) }, { requiredKeys: [] }),
  fc.record({ frameDurationMs: fc.constantFrom<unknown>(10, 30, '20'), bitrate: fc.constantFrom(6_000, 1) }),
  fc.record({ drain: fc.boolean(), timeoutMs: fc.constantFrom(0, 1, -1) }, { requiredKeys: [] }),
  fc.record({ preset: fc.constantFrom('patient', 'x'), maxAttempts: fc.constantFrom(1, 0, null) }),
  fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom<unknown>('text', 1), { noNullPrototype: true }),
);

describe('the schema of the options of a session', () => {
  it('accepts the options that every session needs, and requires the ids', () => {
    expect(accepts(required)).toBe(true);
    expect(accepts({ apiKey: 'key', appId: 'app' })).toBe(false);
  });

  it.each(NAMES)('accepts and refuses the same values of %s as the session', (name) => {
    fc.assert(
      fc.property(value, (given) => {
        const options = { ...required, ...BESIDE[name], [name]: given };
        expect([given, accepts(options)]).toEqual([given, refusal(options) === undefined]);
      }),
      { numRuns: 200 },
    );
  });

  it('accepts a room, and refuses an unknown member of a room', () => {
    const room = { url: 'wss://room.test', apiToken: 'token', extraAttributes: { a: 'b' } };
    expect(accepts({ ...required, livekitEgress: room })).toBe(true);
    expect(accepts({ ...required, livekitEgress: { ...room, apitoken: 'x' } })).toBe(false);
    expect(accepts({ ...required, agoraEgress: { channelName: 'c', uid: -1 } })).toBe(false);
  });

  it('has no functions and no implementations', () => {
    const { properties } = sessionOptionsSchema() as { readonly properties: object };
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(['retry', 'replay', 'connectGate']));
    expect(Object.keys(properties)).not.toEqual(expect.arrayContaining(['onError']));
    expect(properties).not.toHaveProperty('clock');
  });
});
