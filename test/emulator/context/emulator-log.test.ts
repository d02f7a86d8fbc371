import { describe, expect, it } from 'vitest';
import { EmulatorLog } from '../../../src/emulator/context/emulator-log.js';
import { AvatarEmulator } from '../../../src/emulator/index.js';
import { requestToken } from '../raw-client.js';

describe('the log', () => {
  it('keeps a bounded number of the newest entries, and counts the others', () => {
    const log = new EmulatorLog(20);
    for (let expireAt = 1; expireAt <= 50; expireAt++) log.add({ event: 'tokenIssued', expireAt });
    expect(log.entries.length).toBeLessThanOrEqual(20);
    expect(log.entries.length + log.droppedCount).toBe(50);
    expect(log.entries.at(-1)).toMatchObject({ expireAt: 50 });
  });

  it('has times that never decrease', async () => {
    await using service = await AvatarEmulator.start();
    await Promise.all([requestToken(service), requestToken(service)]);
    const times = service.log.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times).toHaveLength(4);
  });

  it('finds past entries and waits for future ones', async () => {
    await using service = await AvatarEmulator.start();
    const coming = service.waitFor(({ event }) => event === 'tokenIssued');
    await requestToken(service);
    const found = await service.waitFor(({ event }) => event === 'tokenIssued');
    expect(await coming).toBe(found);
  });

  it('lists its entries in the error of a wait that timed out', async () => {
    await using service = await AvatarEmulator.start();
    await requestToken(service);
    const wait = service.waitFor(({ event }) => event === 'opened', { timeoutMs: 20 });
    await expect(wait).rejects.toThrow(
      /^no matching log entry within 20 ms; 2 entries, last: .*"event":"tokenIssued"/,
    );
  });

  it('ends every wait when the service stops, and refuses later ones', async () => {
    const service = await AvatarEmulator.start();
    const wait = service.waitFor(({ event }) => event === 'opened');
    await service.stop();
    await expect(wait).rejects.toThrow('the embedded service was stopped before it happened');
    await expect(service.waitFor(() => false)).rejects.toThrow('the embedded service is stopped');
  });

  it('passes on the error of a predicate', async () => {
    await using service = await AvatarEmulator.start();
    const wait = service.waitFor(() => {
      throw new Error('mistake in the test');
    });
    await requestToken(service);
    await expect(wait).rejects.toThrow('mistake in the test');
  });
});
