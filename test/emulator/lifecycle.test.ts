/** Of `avatar-emulator`: from `start` to `stop`, with real sockets. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import { compiled } from '../support/compiled.js';
import { connect, dial } from './raw-client.js';

describe('the life of the embedded service', () => {
  it('serves both endpoints on one loopback port', async () => {
    await using service = await AvatarEmulator.start();
    const { port } = new URL(service.consoleEndpointUrl);
    expect(service.consoleEndpointUrl).toBe(`http://127.0.0.1:${port}/v1/console`);
    expect(service.ingressEndpointUrl).toBe(`ws://127.0.0.1:${port}/v2/driveningress`);
  });

  it('rejects if the port is in use', async () => {
    await using service = await AvatarEmulator.start();
    const port = Number(new URL(service.consoleEndpointUrl).port);
    await expect(AvatarEmulator.start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('starts in well under 100 ms', async () => {
    const times: number[] = [];
    for (let run = 0; run < 5; run++) {
      const startedAtMs = performance.now();
      await using service = await AvatarEmulator.start();
      times.push(performance.now() - startedAtMs);
      expect(service.log).toEqual([]);
    }
    expect(Math.min(...times)).toBeLessThan(100);
  });

  it('stops with connections in every state, ends them, and frees the port', async () => {
    const service = await AvatarEmulator.start({ faults: [{ kind: 'silence', phase: 'runtime', nth: 2 }] });
    const port = Number(new URL(service.consoleEndpointUrl).port);
    const clients = [await connect(service), await connect(service), await dial(service)];
    await clients[2]?.opened;
    const idle = connectTcp(port, '127.0.0.1');
    await once(idle, 'connect');
    await service.stop();
    const closes = await Promise.all(clients.map(async ({ closed }) => closed));
    expect(closes.map(({ code }) => code)).toEqual([1006, 1006, 1006]);
    expect(service.openSockets).toBe(0);
    expect(service.log.filter((entry) => entry.event === 'closed' && entry.by === 'service')).toHaveLength(3);
    await expect(once(connectTcp(port, '127.0.0.1'), 'connect')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });

  it('can be stopped twice', async () => {
    const service = await AvatarEmulator.start();
    await Promise.all([service.stop(), service.stop()]);
    await expect(service.stop()).resolves.toBeUndefined();
  });

  it('leaves no resource that keeps a process alive', async () => {
    const folder = pathToFileURL(await compiled('src/emulator/index.ts')).href;
    const program = `
      import { AvatarEmulator } from '${folder}/src/emulator/index.js';
      import { WebSocket } from 'ws';
      const service = await AvatarEmulator.start({ maxSessionMs: 600000, creditMs: 600000 });
      const { apiKey, appId, avatarId } = service.credentials;
      const response = await fetch(service.consoleEndpointUrl + '/session-tokens', {
        method: 'POST',
        headers: { 'X-Api-Key': apiKey },
        body: JSON.stringify({ expireAt: Math.floor(Date.now() / 1000) + 60 }),
      });
      const { sessionToken } = await response.json();
      const headers = { 'X-App-ID': appId, 'X-Session-Key': sessionToken };
      const ws = new WebSocket(service.ingressEndpointUrl + '/websocket?id=' + avatarId, { headers });
      ws.on('error', () => {});
      ws.on('open', () => ws.send(Uint8Array.from([0x08, 1, 0x12, 3, 0x08, 0x80, 0x7d])));
      await service.waitFor(({ event }) => event === 'confirmed');
      service.waitFor(() => false, { timeoutMs: 600000 });
      await service.stop();
      console.log(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      cwd: process.cwd(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (output += piece.toString()));
    const deadline = setTimeout(() => child.kill(), 20_000);
    const [exitCode] = (await once(child, 'exit')) as [number | null];
    clearTimeout(deadline);
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: '0\n' });
  });
});
