/**
 * Runs the embedded service in a separate process, on the port in its argument (0: any free port), until it is killed or
 * its parent process ends. Sends the URLs and the credentials to the parent process.
 */
// The types are those of the sources, because those of the package exist only after a build.
/** @type {unknown} */
const loaded = await import(new URL('../../../dist/emulator/index.js', import.meta.url).href);
const { AvatarEmulator } = /** @type {typeof import('../../../src/emulator/index.js')} */ (loaded);

const [, , port = '0'] = process.argv;
const service = await AvatarEmulator.start({ port: Number(port), pace: 'realtime' });
const { consoleEndpointUrl, ingressEndpointUrl, credentials } = service;
process.send?.({ consoleEndpointUrl, ingressEndpointUrl, ...credentials });
process.on('disconnect', () => process.exit(0));
