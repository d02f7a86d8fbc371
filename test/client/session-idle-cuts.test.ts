/**
 * A proxy cuts idle connections, or a service answers no pings: the session detects this from its losses, and reports
 * it. Virtual time, and one case over real sockets.
 */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { AvatarSession } from '../../src/index.js';
import type { AvatarSessionOptions } from '../../src/index.js';
import { AvatarEmulator } from '../../src/emulator/index.js';
import type { VirtualClock } from '../virtual-clock.js';
import type { FakeDial, FakeSocket } from './fake-transport.js';
import { record } from './scenario-support/record.js';
import { QUICK } from './scenario-support/trial.js';
import { virtualSession } from './virtual-session.js';
import type { VirtualSession } from './virtual-session.js';

afterEach(() => AvatarSession.closeAll());

/** Cuts a connection after this time without traffic. Pings count as traffic, as for a real proxy. */
function idleCut(clock: VirtualClock, socket: FakeSocket, cutAfterMs: number): void {
  const moved = (): number => socket.receivedBytes + socket.received.length + socket.pings;
  let last = moved();
  let sinceMs = clock.nowMs();
  const look = (): void => {
    if (!socket.open) return;
    if (moved() !== last) {
      last = moved();
      sinceMs = clock.nowMs();
    }
    if (clock.nowMs() - sinceMs >= cutAfterMs) socket.drop(1006);
    else clock.schedule(10, look);
  };
  clock.schedule(10, look);
}

async function started(
  service: (dial: FakeDial, clock: VirtualClock) => void,
  options: Partial<AvatarSessionOptions> = {},
): Promise<VirtualSession> {
  const virtual = virtualSession({ service, options: { retry: { backoff: { baseMs: 100 } }, ...options } });
  void virtual.session.start();
  await virtual.clock.settle();
  return virtual;
}

describe('a proxy that cuts connections after some seconds without traffic', () => {
  it.each([1_000, 2_500, 4_000, 4_400])(
    'cuts two after %i ms; then pings are sent in time, as the second error says',
    async (cutAfterMs) => {
      const virtual = await started((dial, clock) => idleCut(clock, dial.confirm(), cutAfterMs));
      await virtual.clock.advance(300_000);
      expect(virtual.transport.dials).toHaveLength(3);
      const [first, second] = virtual.errors;
      expect(first?.message).toBe('connection lost without a close frame (1006)');
      const words = /after (\d+) ms of silence, .*; pings go out every (\d+) ms from now on$/;
      const [, silentMs, pingEveryMs] = (words.exec(second?.message ?? '') ?? []).map(Number);
      expect(Math.abs((silentMs ?? 0) - cutAfterMs)).toBeLessThanOrEqual(150);
      expect(Math.abs((pingEveryMs ?? 0) - cutAfterMs / 2)).toBeLessThanOrEqual(75);
      expect(second?.remediation).toMatch(/idle time-out of the proxy.*heartbeat\.intervalMs/);
      expect(virtual.transport.latest.open).toBe(true);
    },
  );

  it('cuts none if pings are sent in time from the beginning', async () => {
    const virtual = await started((dial, clock) => idleCut(clock, dial.confirm(), 5_000));
    await virtual.clock.advance(300_000);
    expect(virtual.errors).toEqual([]);
  });

  it('is named in the error also without a heartbeat, with the advice to turn it on', async () => {
    const service = (dial: FakeDial, clock: VirtualClock): void => idleCut(clock, dial.confirm(), 6_000);
    const virtual = await started(service, { heartbeat: false });
    await virtual.clock.advance(30_000);
    expect(virtual.errors[1]?.message).toMatch(/, after 60\d\d ms of silence, as the connection before it$/);
    expect(virtual.errors[1]?.remediation).toMatch(/^Turn the heartbeat on/);
  });
});

describe('a service that confirms and drops the connection after some time, also with traffic', () => {
  it('does not count as such a proxy for long: pings are sent as configured again', async () => {
    const virtual = await started((dial, clock) => {
      const socket = dial.confirm();
      clock.schedule(2_000, () => socket.drop(1006));
    });
    await virtual.clock.advance(60_000);
    const blamed = virtual.errors.filter(({ message }) => message.includes('of silence'));
    expect(blamed).toHaveLength(1);
    expect(virtual.errors.length).toBeGreaterThan(4);
    expect(virtual.transport.dials[2]?.socket?.pings).toBeGreaterThan(0);
    for (const { socket } of virtual.transport.dials.slice(3)) expect(socket?.pings).toBe(0);
  });
});

describe('a service that answers no pings', () => {
  const ignorePings = (dial: FakeDial): void => {
    dial.confirm().onPing = () => undefined;
  };

  it('is recognized after two losses: the error names the option to set', async () => {
    const virtual = await started(ignorePings);
    await virtual.clock.advance(25_000);
    const [first, second] = virtual.errors;
    expect(first?.message).toMatch(/^connection lost: no sign of life from the service for \d+ ms$/);
    expect(second?.message).toMatch(/no ping was ever answered on the last 2 connections lost this way$/);
    expect(second?.remediation).toMatch(/heartbeat: false.*longer heartbeat\.intervalMs/);
  });

  it('does not include one that has answered before it fell silent', async () => {
    const virtual = await started((dial) => {
      const socket = dial.confirm();
      socket.onPing = () => {
        if (socket.pings <= 2) socket.receivedBytes += 2;
      };
    });
    await virtual.clock.advance(60_000);
    expect(virtual.errors.length).toBeGreaterThan(2);
    for (const { message } of virtual.errors) expect(message).not.toContain('ever answered');
  });
});

describe('over real sockets', () => {
  it('a proxy that cuts after one second without traffic cuts only two connections of an idle session', async () => {
    await using service = await AvatarEmulator.start();
    const port = Number(new URL(service.ingressEndpointUrl).port);
    const sockets = new Set<Socket>();
    let cuts = 0;
    const proxy = createServer((client) => {
      const onward = connect(port, '127.0.0.1');
      const cut = (): void => {
        cuts += 1;
        client.destroy();
        onward.destroy();
      };
      let idle = setTimeout(cut, 1_000);
      for (const [from, to] of [
        [client, onward],
        [onward, client],
      ] as const) {
        sockets.add(from);
        from.on('error', () => undefined);
        from.on('close', () => {
          clearTimeout(idle);
          to.destroy();
        });
        from.on('data', (bytes) => {
          clearTimeout(idle);
          idle = setTimeout(cut, 1_000);
          to.write(bytes);
        });
      }
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const session = new AvatarSession({
      ...service.credentials,
      consoleEndpointUrl: service.consoleEndpointUrl,
      ingressEndpointUrl: `ws://127.0.0.1:${(proxy.address() as AddressInfo).port}/v2/driveningress`,
      retry: QUICK,
    });
    const seen = record(session);
    await session.start();
    await after(6_000);
    expect(cuts).toBe(2);
    expect(seen.errors[1]?.message).toMatch(/of silence.*pings go out every [345]\d\d ms/);
    const spoken = await session.speak(new Uint8Array(6_400)).finished;
    expect(spoken.outcome).toBe('delivered');
    await session.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => proxy.close(resolve));
  });
});
