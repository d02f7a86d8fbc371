/**
 * A private certificate authority and pinned certificates, by an agent, over real TLS. The tests show which
 * certificates are accepted, and that a refused one ends the session at the first attempt, before anything is sent. A
 * check that throws does not end the process.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Agent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import type { PeerCertificate } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AvatarEmulator } from '../../src/emulator/index.js';
import type { LogEntry } from '../../src/emulator/index.js';
import { createWsTransport, newAvatarSession } from '../../src/index.js';
import type { AvatarSDKError, AvatarSessionOptions } from '../../src/index.js';
import { FaultProxy } from '../support/fault-proxy.js';

// Loaded without its types, because these need the types of WebAssembly, which this project does not include.
const PACKAGE = ['proxy', 'agent'].join('-');
const { ProxyAgent } = (await import(PACKAGE)) as { readonly ProxyAgent: new (options: object) => Agent };

type Where = 'console' | 'ingress';
type Check = (host: string, certificate: PeerCertificate) => Error | undefined;

const ATTEMPTS = 3;
const fixture = (name: string): string => readFileSync(`test/support/tls/${name}.pem`, 'utf8');
const fingerprint = (name: string): string => new X509Certificate(fixture(name)).fingerprint256;

let service: AvatarEmulator;
let front: FaultProxy;
beforeAll(async () => {
  service = await AvatarEmulator.start();
  front = await FaultProxy.start({
    targetPort: Number(new URL(service.consoleEndpointUrl).port),
    tls: { cert: fixture('good'), key: fixture('good-key') },
  });
});
afterAll(async () => {
  await front.stop();
  await service.stop();
});

function behindTls(agent: Agent, ...where: readonly Where[]): AvatarSessionOptions {
  const secured = (endpointUrl: string): string => {
    const url = new URL(endpointUrl.replace(/^(http|ws):/, '$1s:'));
    url.host = `localhost:${front.port}`;
    return url.href;
  };
  const { credentials, consoleEndpointUrl, ingressEndpointUrl } = service;
  return {
    ...credentials,
    consoleEndpointUrl: where.includes('console') ? secured(consoleEndpointUrl) : consoleEndpointUrl,
    ingressEndpointUrl: where.includes('ingress') ? secured(ingressEndpointUrl) : ingressEndpointUrl,
    // An agent for https: cannot connect to a console without TLS.
    ...(where.includes('console') ? { agent } : { transport: createWsTransport({ agent }) }),
    retry: { maxAttempts: ATTEMPTS, backoff: { baseMs: 1, minIntervalMs: 0 } },
  };
}

const agentWith = (checkServerIdentity?: Check): Agent =>
  new HttpsAgent({ ca: fixture('ca'), ...(checkServerIdentity && { checkServerIdentity }) });

/** The check that the documentation shows. */
function pinnedTo(...fingerprints: readonly string[]): Check {
  const pins = new Set(fingerprints);
  return (host, certificate) => {
    const wrong = checkServerIdentity(host, certificate);
    if (wrong !== undefined || pins.has(certificate.fingerprint256)) return wrong;
    return new Error(`the certificate of ${host} is none of the pinned ones`);
  };
}

interface Story {
  readonly outcome: string;
  readonly errors: readonly AvatarSDKError[];
  readonly asked: readonly LogEntry[];
}

async function dialled(options: AvatarSessionOptions): Promise<Story> {
  const errors: AvatarSDKError[] = [];
  const before = service.log.length;
  const session = newAvatarSession({ ...options, onError: (error) => void errors.push(error) });
  const outcome = await session.start().then(
    () => session.speak(new Uint8Array(6_400)).finished.then(({ outcome: ended }) => ended),
    () => 'refused',
  );
  await session.close();
  return { outcome, errors, asked: service.log.slice(before) };
}

const BOTH: readonly Where[] = ['console', 'ingress'];
const CHECKS_THAT_REFUSE: readonly [what: string, check: Check][] = [
  ['names another certificate', pinnedTo(fingerprint('self-signed'))],
  ['returns an error without a message', () => new Error()],
  ['returns a frozen error', () => Object.freeze(new Error('frozen'))],
  ['returns no error', () => 'no' as unknown as Error],
  ['returns a promise', () => Promise.resolve(undefined) as unknown as Error],
  [
    'throws',
    () => {
      throw new Error('thrown by the check');
    },
  ],
  [
    'throws nothing',
    () => {
      // oxlint-disable-next-line typescript/only-throw-error -- what an application may do
      throw undefined;
    },
  ],
];

describe('an agent', () => {
  it.each([
    ['a private certificate authority', agentWith()],
    ['a pinned certificate', agentWith(pinnedTo(fingerprint('good')))],
    [
      'two pinned certificates, one of them for the future',
      agentWith(pinnedTo('AA:BB', fingerprint('good'))),
    ],
  ])('with %s connects, and speaks', async (_what, agent) => {
    expect(await dialled(behindTls(agent, ...BOTH))).toMatchObject({ outcome: 'delivered', errors: [] });
  });

  describe.each(BOTH)('at the %s', (where) => {
    it.each(CHECKS_THAT_REFUSE)(
      'whose check %s ends the session at the first attempt',
      async (_what, check) => {
        const { outcome, errors, asked } = await dialled(behindTls(agentWith(check), where));
        expect(outcome).toBe('refused');
        expect(errors).toMatchObject([
          {
            code: 'connectionFailed',
            phase: where === 'console' ? 'session_token' : 'websocket_connect',
            permanent: true,
            willRetry: false,
            reason: 'rule',
            remediation: expect.stringMatching(/certificate/i) as string,
          },
        ]);
        // Neither the key nor the token was sent.
        const event = where === 'console' ? 'tokenIssued' : 'upgraded';
        expect(asked.filter((entry) => entry.event === event)).toEqual([]);
      },
    );
  });

  it('keeps the message of the check, and its error as the cause', async () => {
    const refusal = new Error('not the certificate of June');
    const { errors } = await dialled(
      behindTls(
        agentWith(() => refusal),
        'ingress',
      ),
    );
    expect(errors[0]?.message).toContain('not the certificate of June');
    expect(errors[0]?.cause).toMatchObject({ message: refusal.message, cause: refusal });
  });

  it('for a proxy ends the session for a certificate that is not pinned, too', async () => {
    const open = new Set<Socket>();
    const tunnels = createServer().on('connect', (request, client: Socket) => {
      const onward = connect(Number(request.url?.split(':')[1]), '127.0.0.1', () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        onward.pipe(client).pipe(onward);
      });
      for (const socket of [client, onward]) {
        open.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => [client, onward].forEach((end) => end.destroy()));
      }
    });
    await new Promise<void>((resolve) => tunnels.listen(0, '127.0.0.1', resolve));
    const { port } = tunnels.address() as AddressInfo;
    const through = (check: Check): Agent =>
      new ProxyAgent({
        getProxyForUrl: () => `http://127.0.0.1:${port}`,
        ca: fixture('ca'),
        checkServerIdentity: check,
      });
    const wrong = await dialled(behindTls(through(pinnedTo('AA:BB')), ...BOTH));
    const right = await dialled(behindTls(through(pinnedTo(fingerprint('good'))), ...BOTH));
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => tunnels.close(resolve));
    expect(wrong.errors).toMatchObject([{ code: 'connectionFailed', permanent: true, willRetry: false }]);
    expect(right).toMatchObject({ outcome: 'delivered', errors: [] });
  });
});
