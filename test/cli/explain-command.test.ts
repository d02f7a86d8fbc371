import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { remediationFor } from '../../src/core/failure/avatar-sdk-error-code.js';
import { runCommand } from './fake-terminal.js';

/** The printed record: the label of each line, and its text. */
async function explained(...args: string[]): Promise<Record<string, string>> {
  const { exitCode, lines } = await runCommand(['explain', ...args]);
  expect(exitCode).toBe(0);
  return Object.fromEntries(
    lines.filter((line) => !line.startsWith(' ')).map((line) => line.split(/ {2,}/) as [string, string]),
  );
}

describe('explain: code, phase, step and decision', () => {
  it.each<[string[], string, string, string, RegExp]>([
    [['--close', '4503', '--reason', 'restarting'], 'upstreamError', 'websocket_runtime', 'close', /^retry$/],
    [['--close', '4001'], 'creditsExhausted', 'websocket_runtime', 'close', /^give up/],
    [
      ['--close', '1011', '--reason', 'no audio input for 60s'],
      'idleTimeout',
      'websocket_runtime',
      'close',
      /^retry$/,
    ],
    [
      ['--close', '4010', '--phase', 'websocket_connect'],
      'sessionTokenInvalid',
      'websocket_connect',
      'handshake',
      /^give up/,
    ],
    [['--close', '4010'], 'sessionTokenExpired', 'websocket_runtime', 'close', /^retry$/],
    [['--http', '429'], 'concurrencyLimit', 'websocket_connect', 'upgrade', /^give up/],
    [['--http', '429', '--retry-after', '30'], 'concurrencyLimit', 'websocket_connect', 'upgrade', /^retry$/],
    [
      ['--http', '404', '--body', '{"message":"Avatar not found: x"}'],
      'avatarNotFound',
      'websocket_connect',
      'upgrade',
      /^give/,
    ],
    [
      ['--http', '401', '--phase', 'session_token'],
      'sessionTokenInvalid',
      'session_token',
      'request',
      /^give up/,
    ],
    [
      ['--http', '200', '--phase', 'session_token', '--body', '{}'],
      'protocolError',
      'session_token',
      'request',
      /^give/,
    ],
    [['--server-error', '14', '--text', 'x'], 'upstreamError', 'websocket_runtime', 'receive', /^retry$/],
    [
      ['--server-error', '14', '--text', 'x', '--egress'],
      'egressUnavailable',
      'websocket_runtime',
      'receive',
      /^give up/,
    ],
    [['--server-error', '0', '--text', 'x'], 'serverError', 'websocket_runtime', 'receive', /^report only$/],
    [
      ['--server-error', '14', '--req-id', 'r1'],
      'upstreamError',
      'websocket_runtime',
      'receive',
      /^send the request again/,
    ],
    [
      ['--server-error', '0', '--req-id', 'r1'],
      'serverError',
      'websocket_runtime',
      'receive',
      /^fail the request/,
    ],
    [
      ['--server-error', '0', '--phase', 'websocket_connect'],
      'serverError',
      'websocket_connect',
      'handshake',
      /^give up/,
    ],
    [
      ['--errno', 'ECONNREFUSED', '--phase', 'session_token'],
      'connectionFailed',
      'session_token',
      'request',
      /^retry$/,
    ],
    [['--errno', 'CERT_HAS_EXPIRED'], 'connectionFailed', 'websocket_connect', 'upgrade', /^give up/],
    [['--timeout', '10000'], 'connectionFailed', 'websocket_connect', 'upgrade', /^retry$/],
    [['--silence', '10000'], 'connectionClosed', 'websocket_runtime', 'heartbeat', /^retry$/],
  ])('%j', async (args, code, phase, step, decision) => {
    const shown = await explained(...args);
    expect(shown).toMatchObject({ code, phase, step });
    expect(shown['decision']).toMatch(decision);
  });

  it.each([
    [['--close', '4503'], remediationFor('upstreamError', 'websocket_runtime')],
    [['--close', '1012'], /^Nothing to do: the service restarted/],
    [['--http', '429'], /a rate limit in front of the service/],
    [['--http', '429', '--body', '{"message":"concurrency limit"}'], /raise the concurrency of the plan/],
    [
      ['--http', '302', '--header', 'Location: https://portal.example/in?a=b'],
      /redirects to https:\/\/portal\.example,/,
    ],
    [['--http', '426'], /does not pass WebSocket upgrades/],
    [['--errno', 'CERT_HAS_EXPIRED'], /renewed, or set the clock/],
    [['--errno', 'ECONNREFUSED', '--phase', 'session_token'], /^Check consoleEndpointUrl/],
    [['--timeout', '10000'], /raise timeoutMs/],
  ])('%j: the remedy matches the failure', async (args, remedy) => {
    expect((await explained(...args))['what to do']).toEqual(
      typeof remedy === 'string' ? remedy : expect.stringMatching(remedy),
    );
  });

  it('a normal end is not a failure', async () => {
    expect(await explained('--close', '1000', '--idle')).toEqual({
      'matched row':
        'close code 1000: a normal close; unexpected while a request still waits for frames; here no request was open',
      decision: 'end the session normally',
      why: 'no failure: the service ended the session while no request was open',
    });
  });
});

describe('explain: the reason, and the schedule if the failure persists', () => {
  it('the range of each delay, and the limit at which it ends', async () => {
    const { out } = await runCommand(['explain', '--http', '429', '--retry-after', '30']);
    expect(out).toMatch(
      /^why +concurrencyLimit is retried: attempt 2, 31\.5 s as the service asked for 30\.0 s$/m,
    );
    expect(out).toMatch(/^matched row +HTTP 429: plan limit or rate limit$/m);
    expect(out).toMatch(/^delay +30\.0 s to 33\.0 s, from hint$/m);
    expect(out).toMatch(/^if it lasts +attempts 2 to 7, each after 30\.0 s to 33\.0 s$/m);
    expect(out).toMatch(/^ +then given up: .*allows 300\.0 s$/m);
  });

  it('a hint in another header, and one that is too long', async () => {
    const { out } = await runCommand(['explain', '--http', '503', '--header', 'Retry-After-Ms: 500000']);
    expect(out).toMatch(/^retry after +500\.0 s$/m);
    expect(out).toMatch(/^why +given up: the service asked for 500\.0 s, at most 120\.0 s is accepted$/m);
  });

  it('the loss of a stable connection begins a new outage; a failed dial continues its outage', async () => {
    const { out } = await runCommand(['explain', '--close', '1006']);
    expect(out).toContain('if it lasts  attempt 1 after 0 ms to 250 ms\n');
    // Only the loss has the short delay of a lone session.
    expect(out).toContain('attempt 2 after 100 ms to 2.0 s\n');
    const fifth = ['explain', '--errno', 'ECONNRESET', '--attempt', '5'];
    expect((await runCommand(fifth)).out).toContain('attempt 6 after 100 ms to 16.0 s');
  });

  it('--sessions spreads the first delay of a drain, and of no other failure', async () => {
    const drained = await runCommand(['explain', '--close', '1012', '--sessions', '400']);
    expect(drained.out).toContain('delay        0 ms to 4.0 s, from backoff');
    expect(drained.out).toContain('for 400 sessions with the same drain notice');
    expect(drained.out).toContain('attempt 2 after 100 ms to 2.0 s');
    const lost = await runCommand(['explain', '--close', '1006', '--sessions', '400']);
    expect(lost.out).toContain('delay        0 ms to 1.0 s, from backoff');
  });

  it('--elapsed shortens the remaining schedule', async () => {
    const late = ['explain', '--close', '1006', '--attempt', '3', '--elapsed', '299000'];
    expect((await runCommand(late)).out).toMatch(
      /^why +given up: the next attempt would come 303\.0 s into/m,
    );
  });

  it('--reconnect explains for a session that has had a connection', async () => {
    const limited = await runCommand([
      'explain',
      '--http',
      '429',
      '--body',
      '{"message":"x"}',
      '--reconnect',
    ]);
    expect(limited.out).toMatch(
      /^why +concurrencyLimit is retried: .*; the service still counts the connection/m,
    );
    expect(limited.out).toMatch(/^ +then surfaced: concurrencyLimit is retried only when/m);
    const expired = await runCommand(['explain', '--close', '4010']);
    expect(expired.out).toMatch(/^ +then surfaced: the table does not retry sessionTokenExpired$/m);
    const certificate = ['explain', '--errno', 'CERT_HAS_EXPIRED'];
    expect((await runCommand(certificate)).out).toMatch(/^decision +give up/m);
    expect((await runCommand([...certificate, '--reconnect'])).out).toMatch(/^decision +retry$/m);
  });

  it('--preset uses another policy, and shows its whole schedule', async () => {
    const { out } = await runCommand(['explain', '--http', '500', '--preset', 'patient']);
    expect(out).toMatch(/^why +serverError is retried: attempt 2 of 10, /m);
    expect(out).toMatch(/^ +then given up: 10 attempts made, serverError allows 10$/m);
    const long = await runCommand(['explain', '--close', '1012', '--preset', 'patient']);
    expect(long.out).toMatch(/^ +attempts 9 to 294, each after 1\.0 s to 300\.0 s$/m);
    expect(long.out).toMatch(/^ +then given up: .* connectionClosed allows 12\.00 h$/m);
  });

  it('a schedule without an end is not listed', async () => {
    const { policy } = JSON.parse((await runCommand(['policy', '--preset', 'patient', '--json'])).out) as {
      readonly policy: object;
    };
    const folder = await mkdtemp(join(tmpdir(), 'explain-'));
    const path = join(folder, 'policy.json');
    await writeFile(path, JSON.stringify({ ...policy, maxElapsedMs: null }));
    const { out } = await runCommand(['explain', '--close', '1012', '--file', path]);
    await rm(folder, { recursive: true });
    expect(out).toMatch(/^ +attempts 9 to 20, each after 1\.0 s to 300\.0 s\n +and so on$/m);
  });

  it('--json has the same content', async () => {
    const { out } = await runCommand(['explain', '--close', '4503', '--attempt', '9', '--json']);
    expect(JSON.parse(out)).toMatchObject({
      matchedRow: 'close code 4503: a rolling deploy or a failed inner service',
      action: 'retry',
      error: { code: 'upstreamError', phase: 'websocket_runtime', step: 'close', close_code: 4503 },
      decision: { action: 'retry', source: 'backoff' },
      schedule: { end: { action: 'giveUp', reason: 'elapsed' } },
    });
  });

  it('shows no credential of the given evidence', async () => {
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXRoYXQtaXMtbG9uZw';
    const body = JSON.stringify({ message: 'refused', sessionToken: token });
    const { out } = await runCommand(['explain', '--http', '401', '--body', body, '--json']);
    expect(out).toContain('refused');
    expect(out).not.toContain(token);
  });
});
