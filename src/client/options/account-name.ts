/** Which sessions are of one account: those with the same endpoint and the same credentials. */
import { endpointName } from '../gate/shared-gate.js';
import type { ResolvedSessionOptions } from './session-options.js';

type Provider = NonNullable<ResolvedSessionOptions['tokenProvider']>;

const providers = new WeakMap<Provider, number>();
let providerCount = 0;

/** Holds the API key: it is compared, and never shown. */
export function accountName(options: ResolvedSessionOptions): string {
  const { tokenProvider, apiKey = '', appId, consoleEndpointUrl, ingressEndpointUrl } = options;
  const endpoint = endpointName(
    tokenProvider === undefined ? consoleEndpointUrl : undefined,
    ingressEndpointUrl,
  );
  return [endpoint, tokenProvider === undefined ? `key ${apiKey}` : providerName(tokenProvider), appId].join(
    '\n',
  );
}

function providerName(provider: Provider): string {
  let number = providers.get(provider);
  if (number === undefined) {
    providerCount += 1;
    number = providerCount;
    providers.set(provider, number);
  }
  return `provider ${number}`;
}
