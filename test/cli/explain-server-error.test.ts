/** A ServerError without a request: the session and the command make the same decision. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionRetryOptions } from '../../src/index.js';
import { MessageType } from '../../src/ports/message.js';
import { virtualSession } from '../client/virtual-session.js';
import { runCommand } from './fake-terminal.js';

interface Outcome {
  readonly action: string;
  readonly reason?: string;
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'explain-server-error-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function commandSays(policy: SessionRetryOptions, args: readonly string[]): Promise<Outcome> {
  const path = join(folder, 'policy.json');
  await writeFile(path, JSON.stringify(policy));
  const { out } = await runCommand(['explain', '--file', path, '--json', ...args]);
  const { action, decision } = JSON.parse(out) as { action: string; decision?: { reason?: string } };
  return action === 'giveUp' ? { action, ...(decision?.reason && { reason: decision.reason }) } : { action };
}

async function sessionDoes(
  retry: SessionRetryOptions,
  serverCode: number,
  connectedForMs: number,
): Promise<Outcome> {
  const run = virtualSession({ service: (dial) => void dial.confirm(), options: { retry } });
  const { clock, session, transport } = run;
  session.start().catch(() => undefined);
  await clock.settle();
  await clock.advance(connectedForMs);
  const message = { connectionId: 'c', reqId: '', code: serverCode, message: 'words' };
  transport.latest.say({ type: MessageType.serverError, ...message });
  await clock.settle();
  await clock.advance(0);
  const decided = session.explain().findLast(({ kind }) => kind === 'retry' || kind === 'giveUp');
  const outcome: Outcome =
    decided?.kind === 'giveUp'
      ? { action: 'giveUp', reason: decided.reason }
      : { action: decided?.kind ?? 'report' };
  expect(session.state).toBe(
    { retry: 'waiting', giveUp: 'closed', report: 'websocket_runtime' }[outcome.action] ?? 'unknown',
  );
  void session.close();
  await clock.advance(2_000);
  return outcome;
}

const POLICIES: readonly SessionRetryOptions[] = [
  {},
  { maxAttempts: 1 },
  { maxAttempts: 1, rules: { serverError: 'retry' } },
  { maxAttempts: 1, rules: { serverError: 'retryIfHinted', upstreamError: 'surface' } },
  { maxElapsedMs: 0, rules: { serverError: 'retry', upstreamError: { action: 'retry', maxElapsedMs: 1 } } },
  { preset: 'never' },
  { preset: 'patient', rules: { invalidRequest: { action: 'retry', maxAttempts: 1 } } },
];

describe.each(POLICIES)('with the policy %j', (policy) => {
  // The codes: without a row, invalidRequest, upstreamError, sessionTokenInvalid, creditsExhausted,
  // permanent.
  describe.each([99, 3, 14, 16, 4001, 4321])('ServerError %j', (serverCode) => {
    const error = ['--server-error', String(serverCode), '--text', 'words'];

    it('ends a new connection, or leaves it open, as the command says', async () => {
      expect(await commandSays(policy, [...error, '--attempt', '1'])).toEqual(
        await sessionDoes(policy, serverCode, 0),
      );
    });

    it('does the same to a connection that has been stable', async () => {
      expect(await commandSays(policy, error)).toEqual(await sessionDoes(policy, serverCode, 60_000));
    });
  });
});

it('one attempt and an error that is retried: the session ends, and the command reports that', async () => {
  const policy = { maxAttempts: 1, rules: { serverError: 'retry' } } as const;
  const given = { action: 'giveUp', reason: 'attempts' };
  expect(await sessionDoes(policy, 99, 0)).toEqual(given);
  expect(await commandSays(policy, ['--server-error', '99', '--attempt', '1'])).toEqual(given);
});
