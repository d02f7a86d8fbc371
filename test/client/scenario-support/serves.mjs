/**
 * The embedded service in a process of its own, on the port that its argument names (0: any), until it is
 * killed. Sends its parent the URLs and credentials; ends with it.
 */
// Types of the sources, because those of the package exist only after a build.
/** @type {unknown} */
const loaded = await import(new URL('../../../dist/emulator/index.js', import.meta.url).href);
const { AvatarEmulator } = /** @type {typeof import('../../../src/emulator/index.js')} */ (loaded);

const [, , port = '0'] = process.argv;
const service = await AvatarEmulator.start({ port: Number(port), pace: 'realtime' });
const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
process.send?.({ consoleEndpointUrl, ingressEndpointUrl, ...credentials });
process.on('disconnect', () => process.exit(0));
