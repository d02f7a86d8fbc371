/** What is secret in the options of a session, and those options without it. */
import { parameterSecrets, urlSecrets } from '../core/redaction/parameter-secrets.js';
import { detached, mayHoldCredentials } from '../core/memory/memoize-last.js';
import { roomSecrets } from './loop/egress.js';
import type { FailureInterpreter } from './loop/failure-interpreter.js';
import type { TokenStore } from './loop/token-store.js';
import type { ResolvedSessionOptions } from './options/resolve-session-options.js';

/** Those that are known before anything is dialled. Session tokens, and what functions answer, become known with each dial. */
export function secretsOf(options: ResolvedSessionOptions): readonly (string | undefined)[] {
  const { apiKey, consoleEndpointUrl, ingressEndpointUrl, extraParams } = options;
  return [
    apiKey,
    ...urlSecrets(consoleEndpointUrl),
    ...urlSecrets(ingressEndpointUrl),
    ...parameterSecrets(extraParams),
    ...roomSecrets(options),
  ];
}

const NOTHING = /^$/;

/** Of a session that dials no more. */
const NO_TRANSPORT: ResolvedSessionOptions['transport'] = {
  name: 'none',
  sendsHeaders: true,
  dial: () => Promise.reject(new Error('the session is over')),
};

/** For a session that is over: it dials no more, and its application may keep it for long. */
export function forgetSecrets(parts: {
  options: ResolvedSessionOptions;
  readonly interpreter: Pick<FailureInterpreter, 'forgetSecrets'>;
  readonly tokens: Pick<TokenStore, 'forget'>;
}): void {
  parts.interpreter.forgetSecrets();
  parts.tokens.forget();
  parts.options = withoutSecrets(parts.options);
  // The engine keeps the text of the latest match of a regular expression: it may have been an address.
  NOTHING.test('');
}

function withoutSecrets(options: ResolvedSessionOptions): ResolvedSessionOptions {
  return {
    ...options,
    apiKey: undefined,
    tokenProvider: undefined,
    extraParams: {},
    livekitEgress: undefined,
    agoraEgress: undefined,
    // Both may lead through a proxy, whose credentials they have.
    agent: undefined,
    transport: NO_TRANSPORT,
    consoleEndpointUrl: withoutCredentials(options.consoleEndpointUrl),
    ingressEndpointUrl: withoutCredentials(options.ingressEndpointUrl),
  };
}

function withoutCredentials(address: string): string {
  if (!mayHoldCredentials(address) || !URL.canParse(address)) return address;
  const { protocol, host, pathname } = new URL(address);
  return detached(`${protocol}//${host}${pathname}`);
}
