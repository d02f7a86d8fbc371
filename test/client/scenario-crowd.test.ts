/**
 * Five hundred sessions of one process lose their service for twenty seconds, on real sockets (with `npm test`: a
 * hundred for five seconds). The process must not keep the service down by its dials, and every session must
 * reconnect. Dials are counted at their start, by the clock of the process, so that a busy machine which reads late
 * does not seem to bunch them. The delays are drawn from seeds. A session can dial before the gate has evidence of
 * the outage, then draw a delay near 0, be the first in the line of probes, and so dial a third time; with random
 * draws that happened in about one of thirty runs.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createSeededRandom, newAvatarSession } from '../../src/index.js';
import type { AvatarSession } from '../../src/index.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { searched } from '../support/search.js';
import { enters } from './scenario-support/record.js';

const SESSIONS = searched(500, 100);
const OUTAGE_MS = searched(20_000, 5_000);

describe(`${SESSIONS} sessions through an outage of ${OUTAGE_MS / 1_000} seconds`, () => {
  it(
    'dial at most 20 times in any 100 ms and at most twice each, and reconnect within 10 seconds',
    { timeout: 90_000 },
    async () => {
      let service = await AvatarEmulator.start();
      const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
      const port = Number(new URL(ingressEndpointUrl).port);
      const dialsAtMs = new Map<AvatarSession, number[]>();
      const open = async (seed: number): Promise<AvatarSession> => {
        const session = newAvatarSession({
          ...credentials,
          consoleEndpointUrl,
          ingressEndpointUrl,
          random: createSeededRandom(seed),
          onStateChange: ({ to }) => {
            if (to === 'session_token') dialsAtMs.get(session)?.push(performance.now());
          },
        });
        await session.start();
        dialsAtMs.set(session, []);
        return session;
      };
      const sessions = await Promise.all(Array.from({ length: SESSIONS }, (_nothing, seed) => open(seed)));

      await service.stop();
      await sleep(OUTAGE_MS);
      service = await AvatarEmulator.start({ port });
      const returnedAtMs = performance.now();
      const recoveredAfterMs: number[] = [];
      await Promise.all(
        sessions.map(async (session) => {
          await enters(session, 'websocket_runtime');
          recoveredAfterMs.push(performance.now() - returnedAtMs);
        }),
      );

      const dials = [...dialsAtMs.values()].flat().sort((one, other) => one - other);
      let mostIn100Ms = 0;
      dials.forEach((fromMs, index) => {
        const within = dials.slice(index, index + 100).filter((atMs) => atMs < fromMs + 100).length;
        mostIn100Ms = Math.max(mostIn100Ms, within);
      });
      const p99Ms = recoveredAfterMs.sort((one, other) => one - other)[Math.ceil(SESSIONS * 0.99) - 1];
      const mostPerSession = Math.max(...[...dialsAtMs.values()].map(({ length }) => length));
      process.stdout.write(
        `at most ${mostIn100Ms} dials in 100 ms and ${mostPerSession} per session, p99 back after ${p99Ms?.toFixed(0)} ms\n`,
      );
      expect(mostIn100Ms).toBeLessThanOrEqual(20);
      expect(mostPerSession).toBeLessThanOrEqual(2);
      expect(p99Ms).toBeLessThanOrEqual(10_000);
      await Promise.all(sessions.map((session) => session.close()));
      await service.stop();
    },
  );
});
