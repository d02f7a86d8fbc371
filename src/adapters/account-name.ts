/**
 * Names for the accounts of sessions: the same one for the same credentials, and nothing can be read from it. Knows nothing of what
 * a service makes of the credentials.
 */
import { createHmac, randomBytes } from 'node:crypto';

/** Of this process: without it a name could be compared with those of guessed keys. */
const SECRET = randomBytes(32);
/** 96 bits: two accounts never have the same name. */
const NAME_CHARACTERS = 16;

const PROVIDERS = new WeakMap<object, string>();
let providers = 0;

/** The account of an API key, or of none. */
export function accountOfKey(appId: string, apiKey = ''): string {
  const credentials = `${appId.length} ${appId}${apiKey}`;
  return createHmac('sha256', SECRET).update(credentials).digest('base64url').slice(0, NAME_CHARACTERS);
}

/** The account of a function that mints tokens: another function is another account. */
export function accountOfProvider(provider: object): string {
  const known = PROVIDERS.get(provider);
  if (known !== undefined) return known;
  providers += 1;
  const name = `provider ${providers}`;
  PROVIDERS.set(provider, name);
  return name;
}
