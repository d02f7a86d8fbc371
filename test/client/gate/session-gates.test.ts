/** Sessions share a gate if they dial the same address in the same way. */
import { Agent } from 'node:http';
import { describe, expect, it } from 'vitest';
import { accountOfKey, accountOfProvider } from '../../../src/adapters/token/http-token-source.js';
import { SessionGates } from '../../../src/client/gate/shared-gate.js';
import type { GatedOptions } from '../../../src/client/gate/shared-gate.js';
import { createConnectGate } from '../../../src/index.js';
import { VirtualClock } from '../../virtual-clock.js';

const connectGate = createConnectGate();
const PLAIN: GatedOptions = {
  connectGate,
  consoleEndpointUrl: 'https://console.test/v1',
  ingressEndpointUrl: 'wss://ingress.test/v2',
  tokenProvider: undefined,
  agent: undefined,
  account: 'somebody',
  clock: new VirtualClock(),
  random: { next: () => 0.5 },
};
const gates = (options: Partial<GatedOptions> = {}): SessionGates =>
  new SessionGates({ ...PLAIN, ...options }, false);

/** The endpoints whose gates a session with these options shares with a session without options. */
function shared(options: Partial<GatedOptions>): readonly ('ingress' | 'console')[] {
  return (['ingress', 'console'] as const).filter(
    (endpoint) => gates(options)[endpoint] === gates()[endpoint],
  );
}

describe('a session shares these gates with other sessions:', () => {
  it.each<[string, Partial<GatedOptions>, readonly string[]]>([
    ['of another account', { account: 'another account' }, ['ingress', 'console']],
    [
      'with a query at the ingress',
      { ingressEndpointUrl: 'wss://ingress.test/v2/?room=1' },
      ['ingress', 'console'],
    ],
    [
      'with the scheme of HTTP',
      { ingressEndpointUrl: 'https://user@ingress.test/v2' },
      ['ingress', 'console'],
    ],
    ['with another ingress', { ingressEndpointUrl: 'wss://other.test/v2' }, ['console']],
    ['without TLS', { ingressEndpointUrl: 'ws://ingress.test/v2' }, ['console']],
    ['with another console', { consoleEndpointUrl: 'https://console.test/v2' }, ['ingress']],
    ['whose tokens come from the application', { tokenProvider: () => 'token' }, ['ingress']],
    ['whose sockets an agent makes', { agent: new Agent() }, []],
    ['of another clock', { clock: new VirtualClock() }, []],
    ['with a gate of its own', { connectGate: createConnectGate() }, []],
  ])('a session %s', (_name, options, expected) => {
    expect(shared(options)).toEqual(expected);
  });

  it('both, with the same agent', () => {
    const agent = new Agent();
    expect(gates({ agent }).ingress).toBe(gates({ agent }).ingress);
    expect(gates({ agent }).ingress).not.toBe(gates({ agent: new Agent() }).ingress);
  });

  it('not one for console and ingress, even if both have the same address', () => {
    const both = { consoleEndpointUrl: 'https://one.test/v1', ingressEndpointUrl: 'https://one.test/v1' };
    const { ingress, console } = gates(both);
    expect(ingress).not.toBe(console);
  });
});

describe('the name of an account', () => {
  it('is the same for the same credentials, and shows nothing of them', () => {
    const name = accountOfKey('app', 'key-of-app');
    expect(name).toBe(accountOfKey('app', 'key-of-app'));
    expect(name).toMatch(/^[\w-]{16}$/);
    const others = [accountOfKey('app', 'another'), accountOfKey('appk', 'ey-of-app'), accountOfKey('app')];
    expect(new Set([name, ...others]).size).toBe(4);
  });

  it('depends on the function if a function provides the tokens', () => {
    const [one, other] = [(): string => 'token', (): string => 'token'];
    expect(accountOfProvider(one)).toBe(accountOfProvider(one));
    expect(accountOfProvider(one)).not.toBe(accountOfProvider(other));
  });
});
