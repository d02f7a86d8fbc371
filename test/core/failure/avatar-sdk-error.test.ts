import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { AvatarSDKError, recordVerdict } from '../../../src/core/failure/avatar-sdk-error.js';

const least = {
  code: 'connectionClosed',
  phase: 'websocket_runtime',
  step: 'close',
  message: 'lost',
} as const;

function complete(): AvatarSDKError {
  const error = new AvatarSDKError({
    ...least,
    origin: 'service',
    permanent: true,
    httpStatus: 400,
    serverCode: '4001',
    serverTitle: 'title',
    serverDetail: 'detail',
    requestId: 'request',
    connectionId: 'connection',
    reqId: 'req',
    closeCode: 4001,
    closeReason: 'reason',
    retryAfterMs: 0,
    rawBody: 'body',
    cause: new Error('inner'),
  });
  return recordVerdict(error, { attempt: 0, willRetry: false, reason: 'rule', outcome: 'failed' });
}

describe('an AvatarSDKError', () => {
  it('is an Error with its own name', () => {
    const error = new AvatarSDKError(least);
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('AvatarSDKError');
    expect(String(error)).toBe('AvatarSDKError: lost');
    expect(error.stack).toMatch(/^AvatarSDKError: lost\n/);
  });

  it('has its name on the prototype, as the built-in errors do', () => {
    const shape = Object.getOwnPropertyDescriptor(TypeError.prototype, 'name');
    expect(Object.getOwnPropertyDescriptor(AvatarSDKError.prototype, 'name')).toEqual({
      ...shape,
      value: 'AvatarSDKError',
    });
  });

  it('has no members for unknown fields', () => {
    const given = { ...least, httpStatus: undefined, cause: undefined };
    const error = new AvatarSDKError(given as unknown as typeof least);
    expect(Object.keys(error).sort()).toEqual([
      'code',
      'origin',
      'permanent',
      'phase',
      'remediation',
      'step',
      'willRetry',
    ]);
    expect(error).not.toHaveProperty('cause');
    expect(error).toMatchObject({ origin: 'local', permanent: false, willRetry: false });
  });

  it('has all given fields, including those with the value 0', () => {
    expect(complete()).toMatchObject({ httpStatus: 400, closeCode: 4001, retryAfterMs: 0, attempt: 0 });
  });

  it('accepts the verdict of the policy', () => {
    const error = new AvatarSDKError(least);
    expect(recordVerdict(error, { attempt: 2, willRetry: true })).toBe(error);
    expect(error).toMatchObject({ attempt: 2, willRetry: true });
    expect(error).not.toHaveProperty('reason');
  });

  it('prints readably, with its cause once', () => {
    const printed = inspect(complete());
    expect(printed).toMatch(/^AvatarSDKError: lost\n/);
    expect(printed.match(/inner/g)).toHaveLength(1);
    expect(printed).toContain("code: 'connectionClosed'");
    expect(inspect(new AvatarSDKError(least))).not.toContain('undefined');
  });
});

describe('toJSON()', () => {
  it("gives every field under the vendor page's name", () => {
    expect(complete().toJSON()).toEqual({
      code: 'connectionClosed',
      message: 'lost',
      phase: 'websocket_runtime',
      step: 'close',
      origin: 'service',
      http_status: 400,
      server_code: '4001',
      server_title: 'title',
      server_detail: 'detail',
      request_id: 'request',
      connection_id: 'connection',
      req_id: 'req',
      close_code: 4001,
      close_reason: 'reason',
      retry_after_ms: 0,
      raw_body: 'body',
      attempt: 0,
      will_retry: false,
      reason: 'rule',
      outcome: 'failed',
      permanent: true,
      remediation: complete().remediation,
      cause: 'inner',
    });
  });

  it('omits unknown fields', () => {
    const names = ['code', 'message', 'phase', 'step', 'origin', 'will_retry', 'permanent', 'remediation'];
    expect(Object.keys(new AvatarSDKError(least).toJSON())).toEqual(names);
  });

  it('survives JSON.stringify', () => {
    expect(JSON.parse(JSON.stringify(complete()))).toEqual(complete().toJSON());
  });

  it.each([
    [new TypeError(''), 'TypeError'],
    [new TypeError('why'), 'why'],
    ['a text', undefined],
  ])('shows the cause %s as %j', (cause, text) => {
    expect(new AvatarSDKError({ ...least, cause }).toJSON()['cause']).toBe(text);
  });
});

describe('fields of the wrong kind', () => {
  const FIELDS = { code: 'unknown', phase: 'session_token', step: 'request', message: 'm' };
  const revoked = (): object => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };
  const throwing = (): never => {
    throw new Error('hostile');
  };
  it.each<[string, () => unknown, string]>([
    ['nothing', () => undefined, 'fields must be an object, got undefined'],
    ['a Map', () => new Map(), 'fields must be an object, got a Map'],
    ['a revoked Proxy', revoked, "fields can't be read: a property throws"],
    [
      'a getter that throws',
      () => ({
        ...FIELDS,
        get message() {
          return throwing();
        },
      }),
      "fields can't be read",
    ],
    ['a code that is not a string', () => ({ ...FIELDS, code: 7 }), 'fields.code must be one of'],
    ['no phase', () => ({ ...FIELDS, phase: undefined }), 'fields.phase must be a string, got undefined'],
    [
      'a symbol as message',
      () => ({ ...FIELDS, message: Symbol('m') }),
      'fields.message must be a string, got symbol',
    ],
    [
      'bytes as message',
      () => ({ ...FIELDS, message: Buffer.from('m') }),
      'fields.message must be a string, got a Uint8Array',
    ],
    [
      'a status of a type that JSON does not have',
      () => ({ ...FIELDS, httpStatus: 5n }),
      'fields.httpStatus must be a number, got 5n',
    ],
    [
      'a body that throws as JSON',
      () => ({ ...FIELDS, rawBody: { toJSON: throwing } }),
      'fields.rawBody must be a string, got object',
    ],
    [
      'a flag that is not a boolean',
      () => ({ ...FIELDS, permanent: 1 }),
      'fields.permanent must be true or false, got 1',
    ],
  ])('are refused: %s', (_kind, make, message) => {
    expect(() => new AvatarSDKError(make() as never)).toThrow(TypeError);
    expect(() => new AvatarSDKError(make() as never)).toThrow(message);
  });

  it('an unknown code is refused with a RangeError', () => {
    expect(() => new AvatarSDKError({ ...FIELDS, code: 'nope' } as never)).toThrow(RangeError);
  });

  it('other members are ignored', () => {
    const error = new AvatarSDKError({ ...FIELDS, name: 'Other', stack: 'none', toJSON: 1 } as never);
    expect([error.name, typeof error.toJSON, error.stack?.includes('unknown')]).toEqual([
      'AvatarSDKError',
      'function',
      false,
    ]);
    expect(error.stack).toContain('AvatarSDKError: m');
  });

  it('a cause that cannot be read is omitted in JSON', () => {
    for (const cause of [revoked(), Object.defineProperty(new Error('c'), 'message', { get: throwing })]) {
      expect(
        JSON.parse(JSON.stringify(new AvatarSDKError({ ...FIELDS, cause } as never))),
      ).not.toHaveProperty('cause');
    }
  });

  it('members of Object.prototype do not count as fields', () => {
    const names = ['cause', 'reason', 'httpStatus', 'reqId', 'matchedRow', 'toJSON'];
    try {
      for (const name of names) {
        Object.defineProperty(Object.prototype, name, { get: throwing, configurable: true });
      }
      const error = recordVerdict(new AvatarSDKError({ ...FIELDS, serverCode: '7' } as never), {
        willRetry: false,
        reason: 'rule',
      });
      expect(Object.keys(error.toJSON())).toEqual([
        'code',
        'message',
        'phase',
        'step',
        'origin',
        'server_code',
        'will_retry',
        'reason',
        'permanent',
        'remediation',
      ]);
    } finally {
      for (const name of names) Reflect.deleteProperty(Object.prototype, name);
    }
  });
});
