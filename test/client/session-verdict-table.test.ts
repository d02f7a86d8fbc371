/**
 * Every ServerError, and every end of the connection after it: the verdicts of the emitted errors agree with
 * what happens
 * to the session. Virtual time. `npm test` combines each ServerError with every fifth end, in turns;
 * `npm run prove -- searches` runs all combinations.
 */
import { describe, expect, it } from 'vitest';
import type { AvatarSDKError, AvatarSessionOptions } from '../../src/index.js';
import { searched } from '../support/search.js';
import { complain, started } from './verdict-stage.js';

const SERVER_CODES = [
  0, 3, 13, 14, 16, 400, 1000, 1002, 1008, 1011, 4001, 4002, 4003, 4010, 4100, 4503, 4600,
];

/** `undefined` means that no close follows. */
type CloseCase = readonly [closeCode: number, reason?: string] | 'application' | 'drain' | undefined;
const CLOSES: readonly CloseCase[] = [
  undefined,
  'application',
  'drain',
  [1000],
  [1000, 'credits exhausted'],
  [1001],
  [1002],
  [1005],
  [1006],
  [1008],
  [1008, 'no audio input for 60s'],
  [1011],
  [1015],
  [4001, 'Credits exhausted'],
  [4002],
  [4003],
  [4010],
  [4010, 'token is expired'],
  [4100],
  [4503],
  [4600],
];

const WHOSE = [
  'the connection',
  'a request',
  'a request that is not sent again',
  'a foreign request',
] as const;

const POLICIES: readonly (readonly [string, Partial<AvatarSessionOptions>])[] = [
  ['by default', {}],
  ['with retry: false', { retry: false }],
  ['with a limit of one attempt', { retry: { maxAttempts: 1 } }],
];

interface Outcome {
  readonly errors: readonly AvatarSDKError[];
  readonly retried: readonly AvatarSDKError[];
  readonly failure: AvatarSDKError | undefined;
  /** The error of the end, if no event has reported it. */
  readonly unreported: AvatarSDKError | undefined;
  readonly isOver: boolean;
}

async function played(
  options: Partial<AvatarSessionOptions>,
  serverCode: number,
  whose: (typeof WHOSE)[number],
  close: CloseCase,
  afterMs: number,
): Promise<Outcome> {
  const { session, clock, transport, errors, closes } = await started(options);
  const retried: AvatarSDKError[] = [];
  session.on('retry', ({ error }) => retried.push(error));
  const socket = transport.latest;
  const recovery = whose === 'a request that is not sent again' ? 'fail' : 'replay';
  const utterance = session.speak(undefined, { recovery });
  let failure: AvatarSDKError | undefined;
  utterance.finished.catch((error: unknown) => (failure = error as AvatarSDKError));
  await utterance.end(new Uint8Array(640));
  const ofOurs = whose === 'a foreign request' ? 'greeting' : utterance.reqId;
  complain(socket, serverCode, 'why', whose === 'the connection' ? '' : ofOurs);
  await clock.advance(afterMs);
  // Verdicts from before the application ended the session were correct at that time, so they are skipped.
  const before = typeof close === 'string' ? [errors.length, retried.length] : [0, 0];
  if (close === 'application') void session.close();
  else if (close === 'drain') void session.close({ drain: true, timeoutMs: 100 });
  else if (close !== undefined) socket.drop(...close);
  await clock.advance(2_000);
  const outcome = {
    errors: errors.slice(before[0]),
    retried: retried.slice(before[1]),
    failure,
    unreported: [closes[0]?.error].find((error) => error !== undefined && !errors.includes(error)),
    isOver: session.state === 'closed',
  };
  void session.close();
  await clock.settle();
  return outcome;
}

/** The verdicts that do not agree with the outcome; empty if all agree. */
function lies({ errors, retried, failure, unreported, isOver }: Outcome): string[] {
  const said: string[] = [];
  const all = failure === undefined ? errors : [...errors, failure];
  for (const { code, willRetry, reason, outcome, reqId } of all) {
    const what = `${code}${outcome === undefined ? '' : ` (${outcome})`}`;
    if (willRetry === isOver) said.push(`${what} says that the session ${willRetry ? 'goes on' : 'ends'}`);
    if (willRetry && reason !== undefined) said.push(`${what} goes on, and has the reason ${reason}`);
    if (!willRetry && outcome === undefined && reason === undefined) said.push(`${what} has no reason`);
    if (outcome === 'replayed' && isOver) said.push(`${what}, and nothing is sent again`);
    if (outcome !== undefined && reqId === undefined) said.push(`${what} names no request`);
  }
  if (isOver && retried.length > 0) said.push('a retry was announced before the end');
  if (unreported !== undefined) said.push(`${unreported.code} of the end was not emitted`);
  return said;
}

describe.each(POLICIES)('%s', (policy, options) => {
  const shift = POLICIES.findIndex(([name]) => name === policy);

  it.each(WHOSE.flatMap((whose) => SERVER_CODES.map((code) => [code, whose] as const)))(
    'ServerError %i of %s: no error has a wrong verdict, for any end of the connection',
    async (code, whose) => {
      const wrong: string[] = [];
      const nth = shift + SERVER_CODES.indexOf(code) + WHOSE.indexOf(whose);
      const part = CLOSES.filter((_close, index) => (index + nth) % 5 === 0);
      for (const close of searched(CLOSES, part)) {
        // A close comes just before the end of the second within which it is the same failure; a drain takes
        // 100 ms.
        const afterMs = typeof close === 'object' ? 999 : 500;
        const outcome = await played(options, code, whose, close, afterMs);
        wrong.push(...lies(outcome).map((text) => `${String(close)}: ${text}`));
      }
      expect(wrong).toEqual([]);
    },
  );
});
