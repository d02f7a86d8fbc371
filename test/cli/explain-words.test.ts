/** A real session and the command explain the same facts with the same text. */
import { describe, expect, it } from 'vitest';
import { UpgradeRefused } from '../../src/index.js';
import { MessageType } from '../../src/ports/message.js';
import { virtualSession } from '../client/virtual-session.js';
import type { VirtualSession, VirtualSessionPlan } from '../client/virtual-session.js';
import { runCommand } from './fake-terminal.js';

interface Words {
  readonly code: string;
  readonly message: string;
  readonly matchedRow: string;
  readonly decision: string;
  readonly why: string;
}

const refusing =
  (status: number, headers: Readonly<Record<string, string>>, body: string): VirtualSessionPlan['service'] =>
  (dial) =>
    dial.refuse(new UpgradeRefused(status, headers, body));

async function commandSays(args: readonly string[]): Promise<Words> {
  const { out } = await runCommand(['explain', ...args, '--json']);
  const { matchedRow, error, decision } = JSON.parse(out) as {
    readonly matchedRow: string;
    readonly error: { readonly code: string; readonly message: string };
    readonly decision: { readonly action: string; readonly why: string };
  };
  return {
    code: error.code,
    message: error.message,
    matchedRow,
    decision: decision.action,
    why: decision.why,
  };
}

/** The latest failure in the session's history, and the decision about it. */
function sessionSays({ session }: VirtualSession): Words {
  const history = session.explain();
  const failure = history.findLast((entry) => entry.kind === 'failure');
  const decided = history.findLast((entry) => entry.kind === 'retry' || entry.kind === 'giveUp');
  if (failure === undefined || decided === undefined) throw new Error('nothing failed');
  const { code, message, matchedRow } = failure;
  return { code, message, matchedRow, decision: decided.kind, why: decided.why };
}

/** A random value in the middle of its range, as the command shows it. */
const random = { next: () => 0.5 };

async function atConnect(plan: VirtualSessionPlan): Promise<VirtualSession> {
  const run = virtualSession({ ...plan, options: { random, ...plan.options } });
  run.session.start().catch(() => undefined);
  await run.clock.settle();
  return run;
}

async function afterLoss(lose: (run: VirtualSession) => void): Promise<VirtualSession> {
  const run = await atConnect({ service: (dial) => void dial.confirm() });
  await run.clock.advance(6_000);
  run.session.speak(new Uint8Array(640)).finished.catch(() => undefined);
  await run.clock.settle();
  lose(run);
  await run.clock.settle();
  return run;
}

describe('explain, the command and the session’s', () => {
  it.each<[string[], VirtualSessionPlan]>([
    [['--http', '503'], { service: refusing(503, {}, '') }],
    [
      ['--http', '404', '--body', 'Avatar not found: a'],
      { service: refusing(404, {}, 'Avatar not found: a') },
    ],
    [['--http', '429', '--retry-after', '30'], { service: refusing(429, { 'retry-after': '30' }, '') }],
    [['--http', '429', '--retry-after', '300'], { service: refusing(429, { 'retry-after': '300' }, '') }],
    [
      ['--close', '4010', '--phase', 'websocket_connect', '--reason', 'token is expired'],
      { service: (dial) => dial.accept().drop(4010, 'token is expired') },
    ],
    [
      ['--http', '503', '--preset', 'patient'],
      { service: refusing(503, {}, ''), options: { retry: 'patient' } },
    ],
    [['--http', '503', '--preset', 'never'], { service: refusing(503, {}, ''), options: { retry: 'never' } }],
  ])('explains a dial: %j', async (args, plan) => {
    const run = await atConnect(plan);
    expect(sessionSays(run)).toStrictEqual(await commandSays(args));
    void run.session.close();
    await run.clock.advance(2_000);
  });

  it.each<[string[], (run: VirtualSession) => void]>([
    [['--close', '4503', '--reason', 'bye'], ({ transport }) => transport.latest.drop(4503, 'bye')],
    [['--close', '1006'], ({ transport }) => transport.latest.drop(1006)],
    [['--close', '4321', '--reason', 'no'], ({ transport }) => transport.latest.drop(4321, 'no')],
    [
      ['--close', '1011', '--reason', 'no audio input for 9s'],
      ({ transport }) => transport.latest.drop(1011, 'no audio input for 9s'),
    ],
    [
      ['--server-error', '14', '--text', 'away'],
      ({ transport }) =>
        transport.latest.say({
          type: MessageType.serverError,
          connectionId: 'c',
          reqId: '',
          code: 14,
          message: 'away',
        }),
    ],
    [
      ['--server-error', '4001', '--text', 'out of credits'],
      ({ transport }) =>
        transport.latest.say({
          type: MessageType.serverError,
          connectionId: 'c',
          reqId: '',
          code: 4001,
          message: 'out of credits',
        }),
    ],
  ])('about a lost connection: %j', async (args, lose) => {
    const run = await afterLoss(lose);
    expect(sessionSays(run)).toStrictEqual(await commandSays(args));
    void run.session.close();
    await run.clock.advance(2_000);
  });

  it('about a later attempt, and the end', async () => {
    const retry = { maxAttempts: 3 };
    const run = await atConnect({ service: refusing(503, {}, ''), options: { retry } });
    await run.clock.advance(60_000);
    const reported = await commandSays(['--http', '503', '--attempt', '10', '--preset', 'interactive']);
    expect(reported.why).toBe('given up: 10 attempts made, upstreamError allows 8');
    expect(sessionSays(run)).toStrictEqual({
      ...reported,
      why: 'given up: 3 attempts made, upstreamError allows 3',
    });
  });

  it('about a request that is sent again', async () => {
    const run = await atConnect({ service: (dial) => void dial.confirm() });
    const utterance = run.session.speak(new Uint8Array(640));
    utterance.finished.catch(() => undefined);
    await run.clock.settle();
    run.transport.latest.refuseRequest(utterance.reqId, 14, 'x');
    // The decision comes a second later, because a close may follow.
    await run.clock.advance(1_000);
    expect(sessionSays(run)).toStrictEqual(
      await commandSays(['--server-error', '14', '--text', 'x', '--req-id', 'r']),
    );
    void run.session.close();
    await run.clock.advance(2_000);
  });
});
