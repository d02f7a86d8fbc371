/**
 * The records that a session writes to a logger: to pino, to the console, and to loggers that fail. Virtual
 * time.
 */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { avatarErrorSerializer, AvatarSDKError, consoleLogger, UpgradeRefused } from '../../../src/index.js';
import type { AvatarSessionOptions, Logger } from '../../../src/index.js';
import { closeSession } from '../../support/confirmed-session.js';
import { heldGate } from '../../support/held-gate.js';
import { virtualSession } from '../virtual-session.js';

const WARN = 40;
const ERROR = 50;

type Line = Readonly<Record<string, unknown>>;

/** A logger of pino, and the lines that it has written. */
function pinoLog(): { readonly logger: Logger; readonly lines: Line[] } {
  const lines: Line[] = [];
  const into = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(JSON.parse(String(chunk)) as Line);
      done();
    },
  });
  return { logger: pino({ level: 'debug', base: null, timestamp: false }, into), lines };
}

/** A session that loses its connection once. */
async function lostOnce(options: Partial<AvatarSessionOptions>): Promise<string> {
  const virtual = virtualSession({
    service: (dial) => void dial.confirm(),
    options: { heartbeat: false, ...options },
  });
  void virtual.session.start();
  await virtual.clock.advance(20_000);
  virtual.transport.latest.drop();
  await virtual.clock.until(() => virtual.transport.dials.length === 2);
  await virtual.clock.settle();
  await closeSession(virtual);
  return virtual.session.id;
}

afterEach(() => vi.restoreAllMocks());

describe('a logger of pino', () => {
  it('gets a line for each step, with the id of the session in each', async () => {
    const { logger, lines } = pinoLog();
    const id = await lostOnce({ logger, connectGate: heldGate([300]) });
    expect(
      lines.map(({ level, msg }) => `${String(level)} ${String(msg).replace(/\d+ ms/, 'N ms')}`),
    ).toEqual([
      '20 state waiting',
      '40 attempt 1 in N ms after connectionFailed',
      '20 waits at the connect gate',
      '20 waited at the connect gate',
      '20 state session_token',
      '20 state websocket_connect',
      '20 state websocket_runtime',
      '20 connection over after N ms',
      expect.stringMatching(/^20 connectionClosed: /),
      '20 state waiting',
      '40 attempt 1 in N ms after connectionClosed',
      '20 state session_token',
      '20 state websocket_connect',
      '20 state websocket_runtime',
      '40 reconnected after N ms',
      '20 state closing',
      '20 connection over after N ms',
      '20 state closed',
      '30 closed: closed',
    ]);
    for (const line of lines) expect(line).toMatchObject({ session_id: id, endpoint: 'ingress.test:443' });
    expect(lines.find(({ msg }) => String(msg).includes('after connectionClosed'))).toMatchObject({
      level: WARN,
      phase: 'websocket_runtime',
      code: 'connectionClosed',
      attempt: 1,
      delay_ms: expect.any(Number) as number,
      reason: expect.any(String) as string,
    });
    expect(JSON.stringify(lines)).not.toContain('remediation');
  });

  it('gets the reason for the end of the session, and the remedy, at level error', async () => {
    const { logger, lines } = pinoLog();
    const { session } = virtualSession({
      service: (dial) => dial.refuse(new UpgradeRefused(404, {}, '')),
      options: { logger, retry: false, heartbeat: false },
    });
    const error = (await session.start().catch((thrown: unknown) => thrown)) as AvatarSDKError;
    expect(lines.filter(({ level }) => level === ERROR)).toMatchObject([
      {
        session_id: session.id,
        phase: 'websocket_connect',
        code: error.code,
        attempt: 1,
        reason: 'rule',
        error: { type: 'AvatarSDKError', code: error.code, http_status: 404, remediation: error.remediation },
      },
    ]);
  });

  it('writes an error that the application logs as a record, with avatarErrorSerializer', () => {
    const lines: string[] = [];
    const into = new Writable({ write: (chunk, _encoding, done) => done(void lines.push(String(chunk))) });
    const error = new AvatarSDKError({
      code: 'connectionClosed',
      phase: 'websocket_runtime',
      step: 'close',
      message: 'gone',
      closeCode: 1006,
    });
    const log = pino({ base: null, timestamp: false, serializers: { err: avatarErrorSerializer } }, into);
    log.error({ err: error });
    log.error({ err: new TypeError('no number') });
    log.error({ err: 'a text' });
    const [own, other, text] = lines.map((line) => (JSON.parse(line) as Line)['err']);
    expect(own).toEqual({ type: 'AvatarSDKError', ...error.toJSON() });
    expect(other).toMatchObject({ type: 'TypeError', message: 'no number' });
    expect(text).toBe('a text');
  });
});

describe('consoleLogger()', () => {
  it('writes one line for each step of its level or above', async () => {
    const written: string[] = [];
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((line: string) => void written.push(line));
    }
    const id = await lostOnce({ logger: consoleLogger() });
    expect(written).toEqual([
      expect.stringMatching(/^warn attempt 1 in \d+ ms after connectionClosed \{.*\}$/),
      expect.stringMatching(/^warn reconnected after \d+ ms \{.*\}$/),
      expect.stringMatching(/^info closed: closed \{.*\}$/),
    ]);
    for (const line of written) {
      expect(JSON.parse(line.slice(line.indexOf('{')))).toMatchObject({ session_id: id });
    }
    written.length = 0;
    await lostOnce({ logger: consoleLogger({ level: 'error' }) });
    expect(written).toEqual([]);
    expect(() => consoleLogger({ level: 'loud' as never })).toThrow(RangeError);
  });
});

describe('a logger that fails', () => {
  const broken = (call: () => unknown): Logger => ({ debug: call, info: call, warn: call, error: call });

  it.each([
    [
      'throws',
      broken(() => {
        throw new Error('the disk is full');
      }),
    ],
    ['rejects', broken(() => Promise.reject(new Error('the disk is full')))],
    [
      'cannot make a child',
      {
        ...broken(() => undefined),
        child: () => {
          throw new Error('the disk is full');
        },
      },
    ],
  ])('because it %s causes one process warning, and the session continues', async (_how, logger) => {
    const warnings: string[] = [];
    vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
    await lostOnce({ logger });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('the logger of an avatar session failed: Error: the disk is full');
  });

  it('without children has the id of the session in each record', async () => {
    const records: unknown[] = [];
    const id = await lostOnce({ logger: broken((...[record]: unknown[]) => void records.push(record)) });
    expect(records.length).toBeGreaterThan(5);
    for (const record of records) expect(record).toMatchObject({ session_id: id });
  });

  it.each(['debug', 'error'])('because it has no method %s is refused', (name) => {
    const logger = { ...broken(() => undefined), [name]: undefined };
    expect(() => virtualSession({ service: () => undefined, options: { logger: logger } })).toThrow(
      TypeError,
    );
  });
});
