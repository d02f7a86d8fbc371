/** `fleet`: shows the leases on a Redis and the state of each endpoint, and frees leases. */
import { freeLeases, NoRedisClient, openRedis, surveyFleet } from '../fleet/redis-survey.js';
import type { RedisConnection } from '../fleet/redis-survey.js';
import { DEFAULT_PREFIX, requirePrefix } from '../fleet/redis-options.js';
import type { FleetEndpoint } from '../index.js';
import { asInput, ExitCode, InputError, parseOptions, requirePositionals } from './command.js';
import type { Command } from './command.js';

const FLEET_HELP = `avatarkit-session fleet [options]

Lists the leases that the sessions of a fleet hold on a Redis
(createRedisCoordinator), and frees them. A session whose lease is freed goes
on with its connection; it asks for a new lease, and its place is another's
until it has one.

  --redis URL      redis://HOST:PORT or rediss://…; by default that of the
                   environment variable REDIS_URL
  --prefix TEXT    the prefix of the fleet (default ${DEFAULT_PREFIX})
  --free ID        frees the lease of a session
  --free-worker W  frees all leases of a process, such as one that was killed
  --json           JSON in place of the table

A password belongs into REDIS_URL: options show in lists of processes. A Redis
client is needed: npm install redis, or npm install ioredis. Of a cluster it
shows the server that is named.

Examples:
  avatarkit-session fleet --redis redis://127.0.0.1:6379
  avatarkit-session fleet --json
  avatarkit-session fleet --free-worker host-7:4711:k3x9
`;

export const FLEET_COMMAND: Command = {
  name: 'fleet',
  summary: 'list and free the leases of a fleet on Redis',
  help: FLEET_HELP,
  async run(args, terminal) {
    const { values, positionals } = parseOptions('fleet', args, {
      redis: { type: 'string' },
      prefix: { type: 'string' },
      free: { type: 'string' },
      'free-worker': { type: 'string' },
      json: { type: 'boolean' },
    });
    requirePositionals('fleet', positionals, []);
    const url = values.redis ?? terminal.env['REDIS_URL'];
    if (url === undefined) throw new InputError('fleet: --redis is missing, and so is REDIS_URL');
    if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
      throw new InputError('fleet: --redis must be an address like redis://127.0.0.1:6379');
    }
    const prefix = asInput(() => requirePrefix(values.prefix ?? DEFAULT_PREFIX), 'fleet');
    const connection = await connected(url);
    try {
      const whose = { sessionId: values.free, worker: values['free-worker'] };
      if (whose.sessionId !== undefined || whose.worker !== undefined) {
        const freed = await freeLeases(connection, prefix, whose);
        for (const { sessionId, worker } of freed) terminal.write(`freed ${sessionId} of ${worker}\n`);
        if (freed.length === 0) terminal.complain('avatarkit-session: fleet: there is no such lease');
        return freed.length === 0 ? ExitCode.failed : ExitCode.fine;
      }
      const endpoints = await surveyFleet(connection, prefix);
      terminal.write(
        values.json === true ? `${JSON.stringify({ endpoints }, null, 2)}\n` : fleetTable(endpoints),
      );
      return ExitCode.fine;
    } finally {
      connection.close();
    }
  },
};

async function connected(url: string): Promise<RedisConnection> {
  try {
    return await openRedis(url);
  } catch (error) {
    if (error instanceof NoRedisClient) throw new InputError(`fleet: ${error.message}`);
    // The library's message may contain the address, and with it a password.
    const { hostname, port } = new URL(url);
    throw new InputError(`fleet: no Redis answers at ${hostname}:${port === '' ? '6379' : port}`);
  }
}

function fleetTable(endpoints: readonly FleetEndpoint[]): string {
  if (endpoints.length === 0) return 'no fleet is known under this prefix\n';
  return endpoints
    .map(({ endpoint, down, waitMs, probedBy, workers, waiting, leases }) => {
      const state = down
        ? `down, ${probedBy === undefined ? 'no probe now' : `probed by ${probedBy}`}`
        : waitMs > 0
          ? `asked to wait for ${(waitMs / 1_000).toFixed(1)} s`
          : 'up';
      const lines = leases.map(
        ({ account, sessionId, worker, expiresInMs }) =>
          `  ${sessionId}  ${worker}  ${account}  ${(expiresInMs / 1_000).toFixed(1)} s left`,
      );
      const counts = `leases ${leases.length}, waiting ${waiting}, processes ${workers}`;
      return [`${endpoint}: ${state}; ${counts}`, ...lines].join('\n');
    })
    .join('\n')
    .concat('\n');
}
