/**
 * The embedded service in a separate process. Its first session loses its connection once. Prints its address
 * as one line of JSON.
 */
import { AvatarEmulator } from 'avatarkit-session/emulator';

const service = await AvatarEmulator.start({
  seed: 1,
  faults: [{ kind: 'reset', phase: 'runtime', afterKeyframes: 10 }],
});
const { credentials, consoleEndpointUrl, ingressEndpointUrl } = service;
process.stdout.write(`${JSON.stringify({ ...credentials, consoleEndpointUrl, ingressEndpointUrl })}\n`);
