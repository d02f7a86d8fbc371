import { expect, it } from 'vitest';
import { EmulatorLog } from '../../../src/emulator/context/emulator-log.js';
import type { LogEntry } from '../../../src/emulator/index.js';
import { VirtualClock } from '../../virtual-clock.js';

it('passes every later entry to a reader of the log, with its time', async () => {
  const clock = new VirtualClock();
  const log = new EmulatorLog(10, clock);
  log.add({ event: 'tokenRequested' });
  const read: LogEntry[] = [];
  log.follow((entry) => void read.push(entry));
  await clock.advance(30);
  log.add({ event: 'tokenIssued', expireAt: 7 });
  expect(read).toEqual([{ atMs: 30, event: 'tokenIssued', expireAt: 7 }]);
});
