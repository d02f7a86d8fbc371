/**
 * What is secret in the address of an endpoint: its user info, and the values of its query. Words and short numbers of a query
 * (`region=us-west`, `v=2`) are none. Pure text work; an address that is no URL has no secrets.
 */
import { mayHoldCredentials } from '../memory/memoize-last.js';

const USER_INFO = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)@/i;
/** A user name beside a password may be an ordinary word, which must not vanish from every sentence. */
const MIN_USER_CHARACTERS = 8;
const HARMLESS_VALUE = /^(?:[a-z][a-z_-]{0,9}|v?[\d.]{1,7})$/i;
const NO_SECRETS: readonly string[] = [];

export function urlSecrets(url: string): readonly string[] {
  if (!mayHoldCredentials(url)) return NO_SECRETS;
  return [...userSecrets(url), ...querySecrets(url)];
}

function userSecrets(url: string): readonly string[] {
  const userInfo = USER_INFO.exec(url)?.[1];
  if (userInfo === undefined) return NO_SECRETS;
  const colon = userInfo.indexOf(':');
  if (colon < 0) return [decoded(userInfo)];
  const user = decoded(userInfo.slice(0, colon));
  const password = decoded(userInfo.slice(colon + 1));
  // The pair is what Basic authentication encodes.
  return [`${user}:${password}`, password, ...(user.length >= MIN_USER_CHARACTERS ? [user] : [])];
}

function querySecrets(url: string): readonly string[] {
  const [, query = ''] = /\?([^#]*)/.exec(url) ?? [];
  const values = query.split('&').map((parameter) => {
    const equals = parameter.indexOf('=');
    return equals < 0 ? parameter : parameter.slice(equals + 1);
  });
  return values
    .map((value) => decoded(value.replaceAll('+', ' ')))
    .filter((value) => value !== '' && !HARMLESS_VALUE.test(value));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone percent sign: sent as it is.
    return text;
  }
}
