/**
 * Loops that take frames slowly, or stop taking them, while the service sends as fast as it can. The socket is read all
 * the time: pings are answered, losses are detected, and other utterances continue. Real sockets.
 */
import { setTimeout as after } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { newAvatarSession } from '../../src/index.js';
import type { AvatarSDKError, AvatarSession, AvatarSessionOptions } from '../../src/index.js';
import { encodeServerMessage } from '../../src/wire/encode.js';
import { MessageType } from '../../src/ports/message.js';
import { CONFIRMATION, RawService } from './scenario-support/raw-service.js';
import { QUICK } from './scenario-support/trial.js';
import { waitFor } from '../support/wait-for.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const MIB = 1024 * 1024;
/** A keyframe of half a kilobyte, the size of those of the real service. */
const KEYFRAME = {
  translation: [1],
  rotation: [],
  neckPose: [],
  jawPose: [],
  eyePose: [],
  eyeLid: [],
  expression: Array<number>(120).fill(0.5),
};

function animation(reqId: string, keyframes: number, end: boolean): Uint8Array {
  return encodeServerMessage({
    type: MessageType.serverResponseAnimation,
    connectionId: 'c',
    reqId,
    end,
    avatarId: 'a',
    keyframes: Array<typeof KEYFRAME>(keyframes).fill(KEYFRAME),
  });
}

interface Flood extends AsyncDisposable {
  readonly session: AvatarSession;
  readonly errors: AvatarSDKError[];
  /** The time that each ping of the service waited for its answer, milliseconds. */
  readonly pongsAfterMs: number[];
  /** The start times of unanswered pings, by their payload. */
  readonly unanswered: Map<string, number>;
  /** Makes the service stop reading and sending, without closing the connection. */
  fallSilent(): void;
}

/**
 * A session whose service answers the end of a request of N bytes with N messages of one keyframe, as fast as it can.
 */
async function flooded(options: Partial<AvatarSessionOptions>): Promise<Flood> {
  const errors: AvatarSDKError[] = [];
  const pongsAfterMs: number[] = [];
  const unanswered = new Map<string, number>();
  const heardBytes = new Map<string, number>();
  let fallSilent = (): void => undefined;
  const service = await RawService.start({
    message: (message, socket) => {
      if (message.type === MessageType.clientConfigureSession) {
        socket.send(CONFIRMATION);
        let nth = 0;
        const pinging = setInterval(() => {
          unanswered.set(String((nth += 1)), performance.now());
          socket.ping(String(nth));
        }, 100);
        socket.on('pong', (data) => {
          pongsAfterMs.push(performance.now() - (unanswered.get(String(data)) ?? 0));
          unanswered.delete(String(data));
        });
        socket.on('close', () => {
          clearInterval(pinging);
          unanswered.clear();
        });
        fallSilent = () => {
          clearInterval(pinging);
          socket.pause();
        };
      }
      if (message.type !== MessageType.clientAudioInput) return;
      const wanted = (heardBytes.get(message.reqId) ?? 0) + message.audio.length;
      heardBytes.set(message.reqId, wanted);
      if (!message.end) return;
      const one = animation(message.reqId, 1, false);
      let sent = 0;
      const send = (): void => {
        while (sent < wanted && socket.bufferedAmount < MIB / 4) {
          socket.send(one);
          sent += 1;
        }
        if (sent < wanted) setTimeout(send, 1);
        else socket.send(animation(message.reqId, 0, true));
      };
      send();
    },
  });
  const session = newAvatarSession({
    ...service.endpoints,
    apiKey: 'key-of-the-test',
    retry: QUICK,
    onError: (error) => errors.push(error),
    ...options,
  });
  await session.start();
  return {
    session,
    errors,
    pongsAfterMs,
    unanswered,
    fallSilent: () => fallSilent(),
    async [Symbol.asyncDispose]() {
      await session.close();
      await service[Symbol.asyncDispose]();
    },
  };
}

describe('a loop that takes frames more slowly than they arrive', () => {
  it('gets every frame, in order, over one connection, and pings are answered at once', async () => {
    await using flood = await flooded({});
    const total = 20_000;
    let next = 0;
    for await (const { index, end } of flood.session.speak(new Uint8Array(total))) {
      expect(index).toBe(next);
      if (!end) next += 1;
      // Takes the first frames at the speed of a player, and the rest faster, to keep the test short.
      if (next < 2_000 && next % 25 === 0) await after(20);
    }
    expect(next).toBe(total);
    await waitFor(() => expect(flood.pongsAfterMs.length).toBeGreaterThan(10));
    expect(Math.max(...flood.pongsAfterMs)).toBeLessThan(2_000);
    expect(flood.errors).toEqual([]);
  });
});

describe('a loop that stops taking frames', () => {
  const hang = async (frames: AsyncIterable<unknown>): Promise<void> => {
    for await (const frame of frames) await new Promise(() => frame);
  };

  it('does not block the session: pings are answered, another utterance is delivered, and a loss is detected', async () => {
    await using flood = await flooded({ heartbeat: { intervalMs: 200, timeoutMs: 200 } });
    const long = flood.session.speak(new Uint8Array(10_000));
    void hang(long);
    await expect(long.finished).resolves.toMatchObject({ outcome: 'delivered', keyframes: 1 });
    const next = flood.session.speak(new Uint8Array(100));
    await expect(next.finished).resolves.toMatchObject({ outcome: 'delivered', keyframes: 100 });
    await waitFor(() => expect(flood.pongsAfterMs.length).toBeGreaterThan(5));
    expect(Math.max(...flood.pongsAfterMs)).toBeLessThan(2_000);
    flood.fallSilent();
    await waitFor(() => expect(flood.errors).toMatchObject([{ step: 'heartbeat' }]));
  });

  it('ends after readerTimeoutMs with an error that names the option, and the utterance continues', async () => {
    await using flood = await flooded({ readerTimeoutMs: 200 });
    const utterance = flood.session.speak(new Uint8Array(1_000));
    const loop = utterance[Symbol.asyncIterator]();
    await loop.next();
    await expect(utterance.finished).resolves.toMatchObject({ outcome: 'delivered', keyframes: 1 });
    await after(500);
    await expect(loop.next()).rejects.toMatchObject({
      code: 'invalidRequest',
      reqId: utterance.reqId,
      message: expect.stringMatching(/from index 1 on .* 200 ms \(option readerTimeoutMs\)/) as string,
    });
  });

  it('uses a bounded amount of memory, for any number of frames', async () => {
    await using flood = await flooded({});
    collectGarbage();
    const before = process.memoryUsage().arrayBuffers;
    const utterance = flood.session.speak(new Uint8Array(60_000));
    const loop = utterance[Symbol.asyncIterator]();
    await loop.next();
    await utterance.finished;
    await waitFor(() => {
      collectGarbage();
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(9 * MIB);
    });
    let last = 0;
    await expect(
      (async () => {
        for (let one = await loop.next(); one.done !== true; one = await loop.next()) last = one.value.index;
      })(),
    ).rejects.toThrow('takes them more slowly than they come');
    expect(last).toBeGreaterThan(10_000);
  });
});
