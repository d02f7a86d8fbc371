/** The token of a room that the service refuses when the session reconnects, in virtual time. */
import { describe, expect, it } from 'vitest';
import type { AvatarSessionOptions, TokenReason } from '../../src/index.js';
import { MessageType } from '../../src/ports/message.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession } from './virtual-session.js';

describe('a room token that the service refuses on a reconnect', () => {
  const REFUSED = 'failed to create connection: failed to connect to room: unauthorized: invalid token';

  /** The service accepts the tokens for which `good` is true, and refuses all others with the error for rooms. */
  async function cutWithRoom(
    good: (token: string | undefined, sinceCutMs: number) => boolean,
    egress: Pick<AvatarSessionOptions, 'livekitEgress' | 'agoraEgress'>,
    tokenProvider?: () => string,
  ): Promise<VirtualSession> {
    const run = virtualSession({
      options: { ...egress, ...(tokenProvider === undefined ? {} : { tokenProvider }) },
      service: (dial, clock) => {
        const socket = dial.accept();
        socket.onReceive = (message) => {
          if (message.type !== MessageType.clientConfigureSession) return;
          const token = message.livekitEgress?.apiToken ?? message.agoraEgress?.token;
          if (good(token, clock.nowMs() - 60_000)) {
            socket.say({
              type: MessageType.serverConfirmSession,
              connectionId: `connection-${dial.number}`,
              capabilities: [],
            });
            return;
          }
          socket.say({
            type: MessageType.serverError,
            connectionId: '',
            reqId: '',
            code: 16,
            message: REFUSED,
          });
          socket.drop(1011);
        };
      },
    });
    void run.session.start().catch(() => undefined);
    await run.clock.advance(60_000);
    run.transport.latest.drop(1006);
    return run;
  }

  type Egress = Pick<AvatarSessionOptions, 'livekitEgress' | 'agoraEgress'>;
  it.each<readonly [string, (token: (reason: TokenReason) => string) => Egress]>([
    [
      'LiveKit',
      (token) => ({ livekitEgress: ({ reason }) => ({ url: 'wss://room.test', apiToken: token(reason) }) }),
    ],
    ['Agora', (token) => ({ agoraEgress: ({ reason }) => ({ channelName: 'c', token: token(reason) }) })],
  ])(
    'is replaced by another one from the function, which is called with the reason refused: %s',
    async (_room, egress) => {
      const reasons: TokenReason[] = [];
      const run = await cutWithRoom(
        (token, sinceCutMs) => token === (sinceCutMs < 0 ? 'first' : 'second'),
        egress((reason) => {
          reasons.push(reason);
          return reason === 'refused' ? 'second' : 'first';
        }),
      );
      await run.clock.until(() => run.reconnects.length > 0);
      expect(reasons).toEqual(['start', 'reconnect', 'refused'] satisfies TokenReason[]);
      // The session token was not refused.
      expect(run.tokenReasons).toEqual(['start', 'reconnect', 'reconnect'] satisfies TokenReason[]);
      expect(run.errors).toMatchObject([
        { code: 'connectionClosed', willRetry: true },
        { code: 'invalidEgressConfig', serverCode: '16', willRetry: true },
      ]);
    },
  );

  it('is replaced, too, when a token request fails in between: the reason refused is given until the function has answered', async () => {
    const reasons: TokenReason[] = [];
    let calls = 0;
    const run = await cutWithRoom(
      (token, sinceCutMs) => token === (sinceCutMs < 0 ? 'first' : 'second'),
      {
        livekitEgress: ({ reason }) => {
          reasons.push(reason);
          return { url: 'wss://room.test', apiToken: reason === 'refused' ? 'second' : 'first' };
        },
      },
      () => {
        calls += 1;
        if (calls === 3) throw new Error('backend: HTTP 503');
        return `token-${calls}`;
      },
    );
    await run.clock.until(() => run.reconnects.length > 0);
    expect(calls).toBe(4);
    expect(reasons).toEqual(['start', 'reconnect', 'refused'] satisfies TokenReason[]);
  });

  it('is replaced once: the next refusal ends the session', async () => {
    const run = await cutWithRoom((_token, sinceCutMs) => sinceCutMs < 0, {
      livekitEgress: () => ({ url: 'wss://room.test', apiToken: 'minted' }),
    });
    await run.clock.until(() => run.closes.length > 0);
    expect(run.dialsAtMs).toHaveLength(3);
    expect(run.closes).toMatchObject([{ error: { code: 'invalidEgressConfig', reason: 'rule' } }]);
  });

  it('ends the session at once if the option is an object, because there is no other token', async () => {
    const run = await cutWithRoom((_token, sinceCutMs) => sinceCutMs < 0, {
      livekitEgress: { url: 'wss://room.test', apiToken: 'the only one' },
    });
    await run.clock.until(() => run.closes.length > 0);
    expect(run.dialsAtMs).toHaveLength(2);
    expect(run.closes).toMatchObject([{ error: { code: 'invalidEgressConfig', reason: 'rule' } }]);
  });

  it('is replaced, too, when it ends a confirmed connection', async () => {
    const reasons: TokenReason[] = [];
    const run = virtualSession({
      options: {
        livekitEgress: ({ reason }) => {
          reasons.push(reason);
          return { url: 'wss://room.test', apiToken: reason };
        },
      },
      service: (dial) => void dial.confirm(),
    });
    void run.session.start();
    await run.clock.advance(60_000);
    run.transport.latest.say({
      type: MessageType.serverError,
      connectionId: '',
      reqId: '',
      code: 16,
      message: 'livekit room: unauthorized: token expired',
    });
    await run.clock.until(() => run.reconnects.length > 0);
    expect(reasons).toEqual(['start', 'refused'] satisfies TokenReason[]);
  });
});
