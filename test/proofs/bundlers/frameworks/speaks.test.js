import { writeFileSync } from 'node:fs';
// Imports two entries that share modules, as a test of an application does.
import 'avatarkit-session/emulator';
import { speak } from './speech.js';

test('an avatar speaks over a connection that breaks', async () => {
  const said = await speak();
  writeFileSync(process.env['SAID'], said);
  expect(said).toBe('50 keyframes, 1 reconnect');
}, 60_000);
