/**
 * Defects of a session that reconnects or fails to: among several accounts, behind gateways, after its own
 * ghost connection.
 */
import { UpgradeRefused } from '../../../src/index.js';
import type { AvatarSessionOptions, HttpAnswer, TokenReason } from '../../../src/index.js';
import { resolveRetryOption } from '../../../src/client/options/nested-fields.js';
import type { World } from '../world/world.js';
import type { Sabotage } from './sabotage.js';
import { connectionWith, sinkWith, withDial, withRetry } from './wrappers.js';

/** Worlds in which a session has been refused. */
const refusedIn = new WeakSet<World>();
/** A message of the protocol that is not a confirmation: a `ServerPlaybackState`. */
const WRONG_ANSWER = new Uint8Array([0x08, 0x0a, 0x5a, 0x00]);
const SHARED_WAIT_MS = 5_000;
/** A connection is confirmed within this time after it was opened, in milliseconds. */
const LIVED_ON_MS = 2_000;
const RARE_PING_MS = 4_600;

export const RECONNECT_DEFECTS: readonly Sabotage[] = [
  {
    name: 'limit-of-another-account',
    defect: 'a limit or a failure of one account makes every session of the process wait',
    adversary: 'accounts',
    noticedBy: ['healthy-accounts-connect'],
    tamper: (options: AvatarSessionOptions, world: World): AvatarSessionOptions => {
      const note = (): void => void refusedIn.add(world);
      return withDial(
        { ...options, onError: (error) => (note(), options.onError?.(error)) },
        (dial) => async (request, sink) => {
          const { clock } = options;
          if (refusedIn.has(world))
            await new Promise<void>((resolve) => void clock?.schedule(SHARED_WAIT_MS, resolve));
          request.signal.throwIfAborted();
          return dial(request, sink);
        },
      );
    },
  },
  {
    name: 'page-taken-for-answer',
    defect: 'the answer of a gateway is treated as an answer of the service',
    adversary: 'gateway-pages',
    noticedBy: ['what-heals-is-retried'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      const headers = { 'content-type': 'application/json' };
      const body = '{"errors":[{"title":"no"}]}';
      const { httpPost } = options;
      const dialled = withDial(
        options,
        (dial) => (request, sink) =>
          dial(request, sink).catch((error: unknown) => {
            if (!(error instanceof UpgradeRefused)) throw error;
            throw new UpgradeRefused(error.httpStatus, headers, body);
          }),
      );
      if (httpPost === undefined) return dialled;
      return {
        ...dialled,
        httpPost: async (request) => {
          const answer = (await httpPost(request)) as HttpAnswer;
          return answer.body.startsWith('<') ? { ...answer, headers, body } : answer;
        },
      };
    },
  },
  {
    name: 'greeting-taken-for-answer',
    defect: 'the answer of a gateway to the handshake is treated as a message of the service',
    adversary: 'gateway-pages',
    noticedBy: ['what-heals-is-retried'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions =>
      withDial(options, (dial) => (request, sink) => {
        const message = (data: Uint8Array | string): void =>
          sink.message(typeof data === 'string' ? WRONG_ANSWER : data);
        return dial(request, sinkWith(sink, { message }));
      }),
  },
  {
    name: 'ghost-is-fatal',
    defect: 'a limit of the plan ends the session, even if its own lost connection is counted',
    adversary: 'ghosts',
    noticedBy: ['what-heals-is-retried'],
    tamper: (options) => withRetry(options, { rules: { concurrencyLimit: 'surface' } }),
  },
  {
    name: 'refused-token-again',
    defect: 'a token that a gateway refused is sent again',
    adversary: 'gateway-pages',
    noticedBy: ['refused-tokens-end'],
    tamper: withFirstTokenOnly,
  },
  {
    name: 'refusal-forgotten',
    defect:
      'after a failed token request, the application is not asked with the reason of the refusal before it',
    adversary: 'gateway-pages',
    noticedBy: ['refused-tokens-end'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      const { tokenProvider } = options;
      if (tokenProvider === undefined) return options;
      let reasons: readonly TokenReason[] = [];
      return {
        ...options,
        tokenProvider: async (request) => {
          const [before] = reasons;
          reasons = [request.reason];
          return tokenProvider(before === 'refused' ? { ...request, reason: 'reconnect' } : request);
        },
      };
    },
  },
  {
    name: 'token-not-replaced',
    defect: 'the first token is used again after it has expired',
    adversary: 'token-ends',
    noticedBy: ['what-heals-is-retried'],
    tamper: withFirstTokenOnly,
  },
  {
    name: 'room-token-not-replaced',
    defect: 'the application is not notified that the token of its room was refused, and returns it again',
    adversary: 'room-tokens',
    noticedBy: ['what-heals-is-retried'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      const { livekitEgress } = options;
      if (typeof livekitEgress !== 'function') return options;
      return { ...options, livekitEgress: (request) => livekitEgress({ ...request, reason: 'reconnect' }) };
    },
  },
  {
    name: 'pongs-made-up',
    defect: 'the transport reports a sign of life for every ping, even if the service does not answer',
    adversary: 'deaf-service',
    noticedBy: ['unresponsive-service-ends', 'half-open-noticed'],
    tamper: (options) =>
      withDial(options, (dial) => async (request, sink) => {
        const inner = await dial(request, sink);
        let madeUp = 0;
        const connection = connectionWith(inner, {
          ping: () => {
            madeUp += 2;
            sink.heard?.();
          },
        });
        return Object.defineProperty(connection, 'receivedBytes', {
          get: () => inner.receivedBytes + madeUp,
        });
      }),
  },
  {
    name: 'silence-counts-as-life',
    defect:
      'a connection seems alive until it counts as stable: a service that reads nothing is dialled repeatedly',
    adversary: 'deaf-service',
    noticedBy: ['unresponsive-service-ends', 'attempts', 'no-sleep-past-the-end'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      const { stableAfterMs } = resolveRetryOption(options.retry).policy;
      return withDial(options, (dial) => async (request, sink) => {
        const inner = await dial(request, sink);
        const nowMs = (): number => options.clock?.nowMs() ?? 0;
        const untilMs = nowMs() + stableAfterMs + LIVED_ON_MS;
        return Object.defineProperty(connectionWith(inner, {}), 'receivedBytes', {
          get: () => inner.receivedBytes + Math.min(nowMs(), untilMs),
        });
      });
    },
  },
  {
    name: 'pings-stay-rare',
    defect: 'two pings are at least 4.6 seconds apart',
    adversary: 'idle-cuts',
    noticedBy: ['idle-cuts-end'],
    tamper: (options) =>
      withDial(options, (dial) => async (request, sink) => {
        const inner = await dial(request, sink);
        const nowMs = (): number => options.clock?.nowMs() ?? 0;
        let lastMs = nowMs();
        return connectionWith(inner, {
          ping: () => {
            if (nowMs() - lastMs < RARE_PING_MS) return;
            lastMs = nowMs();
            inner.ping?.();
          },
        });
      }),
  },
];

/** Repeats the first answer. */
function onlyOnce<Asked, Answer>(ask: (asked: Asked) => Answer): (asked: Asked) => Answer {
  let first: { readonly answer: Answer } | undefined;
  return (asked) => {
    first ??= { answer: ask(asked) };
    return first.answer;
  };
}

/** The first token is the answer to every request for one. */
function withFirstTokenOnly(options: AvatarSessionOptions): AvatarSessionOptions {
  const { httpPost, tokenProvider } = options;
  return {
    ...options,
    ...(httpPost === undefined ? {} : { httpPost: onlyOnce(httpPost) }),
    ...(tokenProvider === undefined ? {} : { tokenProvider: onlyOnce(tokenProvider) }),
  };
}
