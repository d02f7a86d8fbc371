/** Defects between the session and its sockets. */
import { UpgradeRefused } from '../../../src/index.js';
import { patchAnimation } from '../../../src/wire/edit-animation.js';
import { isForeign } from '../checks/foreign-frames.js';
import { MessageType } from '../../../src/ports/message.js';
import { clientMessage, serverMessage } from '../network/read-message.js';
import type { AvatarSessionOptions, HttpAnswer } from '../../../src/index.js';
import type { Sabotage } from './sabotage.js';
import { connectionWith, sinkWith, withDial } from './wrappers.js';

export const TRANSPORT_DEFECTS: readonly Sabotage[] = [
  {
    name: 'slow-heartbeat-in-speech',
    defect: 'during speech, the heartbeat is as slow as without speech',
    noticedBy: ['half-open-noticed'],
    adversary: 'half-open',
    tamper: (options) => ({ ...options, heartbeat: { speaking: false } }),
  },
  {
    name: 'hasty-heartbeat-in-speech',
    defect: 'during speech, a tenth of a second without an answer counts as a loss',
    noticedBy: ['half-open-noticed'],
    adversary: 'half-open',
    tamper: (options) => ({ ...options, heartbeat: { speaking: { intervalMs: 50, timeoutMs: 50 } } }),
  },
  {
    name: 'frame-twice',
    defect: 'every third animation message is delivered twice',
    noticedBy: ['frames-once', 'foreign-frames'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      let seen = 0;
      return withDial(options, (dial) => (request, sink) => {
        const message = (data: Uint8Array | string): void => {
          sink.message(data);
          if (serverMessage(data)?.type !== MessageType.serverResponseAnimation) return;
          seen += 1;
          if (seen % 3 === 0) sink.message(data);
        };
        return dial(request, sinkWith(sink, { message }));
      });
    },
  },
  {
    name: 'flood-as-one-request',
    defect: 'frames of requests that do not exist are treated as frames of one unfinished request',
    noticedBy: ['floods-end'],
    adversary: 'floods',
    tamper: (options) =>
      withDial(options, (dial) => (request, sink) => {
        const one = { reqId: '20200101000000_unknownReque', clearEnd: true };
        const message = (data: Uint8Array | string): void =>
          sink.message(typeof data !== 'string' && isForeign(data) ? patchAnimation(data, one) : data);
        return dial(request, sinkWith(sink, { message }));
      }),
  },
  {
    name: 'late-socket-kept',
    defect: 'a dial that is aborted continues, and its socket is never closed',
    noticedBy: ['one-socket', 'silent-after-close', 'nothing-pending'],
    tamper: (options) =>
      withDial(options, (dial) => (request, sink) => {
        const { signal } = request;
        const deaf = { message: () => undefined, closed: () => undefined };
        const live = { is: true };
        const guarded = sinkWith(sink, {
          message: (data) => (live.is ? sink.message(data) : deaf.message()),
          closed: (code, reason) => (live.is ? sink.closed(code, reason) : deaf.closed()),
        });
        const late = dial({ ...request, signal: new AbortController().signal }, guarded);
        return new Promise((resolve, reject) => {
          const onAbort = (): void => {
            live.is = false;
            reject(signal.reason as Error);
          };
          signal.addEventListener('abort', onAbort, { once: true });
          late.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
        });
      }),
  },
  {
    name: 'write-dropped-at-reconnect',
    defect: 'the first audio on every new connection after the first one is lost',
    noticedBy: ['frames-once'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      let dials = 0;
      return withDial(options, (dial) => async (request, sink) => {
        dials += 1;
        let toDrop = dials > 1 ? 1 : 0;
        const inner = await dial(request, sink);
        return connectionWith(inner, {
          send: (bytes) => {
            if (toDrop > 0 && clientMessage(bytes)?.type === MessageType.clientAudioInput) toDrop -= 1;
            else inner.send(bytes);
          },
        });
      });
    },
  },
  {
    name: 'hint-cut-short',
    defect: 'a refusal’s Retry-After is read as "now"',
    noticedBy: ['hints-are-floors'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      const now = { 'retry-after': '0', 'retry-after-ms': '0' };
      const { httpPost } = options;
      const dialled = withDial(
        options,
        (dial) => (request, sink) =>
          dial(request, sink).catch((error: unknown) => {
            if (!(error instanceof UpgradeRefused)) throw error;
            throw new UpgradeRefused(error.httpStatus, { ...error.headers, ...now }, error.body);
          }),
      );
      if (httpPost === undefined) return dialled;
      return {
        ...dialled,
        httpPost: async (request) => {
          const answer = (await httpPost(request)) as HttpAnswer;
          return { ...answer, headers: { ...answer.headers, ...now } };
        },
      };
    },
  },
  {
    name: 'two-sockets',
    defect: 'every dial opens a second socket beside the first',
    noticedBy: ['one-socket', 'one-layer-retries'],
    tamper: (options) =>
      withDial(options, (dial) => async (request, sink) => {
        const inner = await dial(request, sink);
        const silentSink = sinkWith(sink, {
          message: () => undefined,
          closed: () => undefined,
          drained: () => undefined,
        });
        const second = dial(request, silentSink);
        second.catch(() => undefined);
        return inner;
      }),
  },
  {
    name: 'frame-of-confirmation-lost',
    defect: 'messages in one segment with the confirmation are dropped',
    noticedBy: ['foreign-frames'],
    tamper: (options) =>
      withDial(options, (dial) => (request, sink) => {
        let isTogether = false;
        const message = (data: Uint8Array | string): void => {
          if (isTogether) return;
          if (serverMessage(data)?.type === MessageType.serverConfirmSession) {
            isTogether = true;
            queueMicrotask(() => (isTogether = false));
          }
          sink.message(data);
        };
        // The network reports a message before its delivery, so that the check detects a dropped one.
        return dial(request, sinkWith(sink, { message }));
      }),
  },
  {
    name: 'dial-retried-below',
    defect: 'the transport dials once more by itself when a dial fails',
    noticedBy: ['one-layer-retries'],
    tamper: (options) =>
      withDial(options, (dial) => (request, sink) => dial(request, sink).catch(() => dial(request, sink))),
  },
  {
    name: 'socket-never-ends',
    defect: 'neither close nor terminate reaches the socket',
    // The session abandons such a socket after a second, and then emits its close.
    noticedBy: ['settles-in-time', 'silent-after-close'],
    tamper: (options) =>
      withDial(options, (dial) => async (request, sink) => {
        const inner = await dial(request, sink);
        return connectionWith(inner, { close: () => undefined, terminate: () => undefined });
      }),
  },
  {
    name: 'socket-abandoned',
    defect: 'closing a socket only reports the close, and the service continues to bill it',
    noticedBy: ['one-socket', 'silent-after-close', 'nothing-pending'],
    tamper: (options) =>
      withDial(options, (dial) => async (request, sink) => {
        const { clock } = options;
        const inner = await dial(request, sink);
        const pretend = (): void => void clock?.schedule(0, () => sink.closed(1006, ''));
        return connectionWith(inner, { close: pretend, terminate: pretend });
      }),
  },
  {
    name: 'rejection-floats',
    defect: 'a second promise of every dial that fails is rejected without a handler',
    noticedBy: ['nothing-uncaught'],
    tamper: (options) =>
      withDial(options, (dial) => (request, sink) => {
        const opened = dial(request, sink);
        void opened.then(() => undefined);
        return opened;
      }),
  },
];
