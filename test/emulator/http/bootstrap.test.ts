/** The requests that only other SDKs of the vendors make, answered by the embedded service over real HTTP. */
import { expect, it } from 'vitest';
import { nearestRegion } from '../../../src/adapters/token/region-lookup.js';
import { nodeHttpPost } from '../../../src/adapters/node/node-http-post.js';
import { createSystemClock } from '../../../src/adapters/node/system-clock.js';
import { AvatarEmulator } from '../../../src/emulator/index.js';
import { newAvatarSession } from '../../../src/index.js';

it('returns a region at /bootstrap', async () => {
  await using service = await AvatarEmulator.start();
  const { origin } = new URL(service.consoleEndpointUrl);
  const region = await nearestRegion({
    appId: 'app',
    clock: createSystemClock(),
    httpPost: (request) => nodeHttpPost({ ...request, url: new URL(request.url.pathname, origin) }),
    fallback: 'none',
  });
  expect(region).toBe('us-west');
  expect((await fetch(`${origin}/bootstrap`)).status).toBe(404);
});

it('returns tokens at the path of SpatialReal', async () => {
  await using service = await AvatarEmulator.start();
  const { origin } = new URL(service.consoleEndpointUrl);
  const session = newAvatarSession({
    ...service.sessionOptions,
    environment: 'spatialreal',
    consoleEndpointUrl: `${origin}/v1/auth`,
  });
  expect(await session.start()).not.toBe('');
  await session.close();
});
