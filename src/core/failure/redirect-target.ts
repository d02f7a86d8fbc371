/** Where a redirect leads, as far as it may be shown: scheme and host, without user info, path and query. */

const ABSOLUTE = /^\s*(?:([a-z][a-z0-9+.-]{0,20}):)?[\\/]{2}(?:[^@/?#\\]*@)?([^/?#\\\s]*)/i;
/** Names, addresses and ports; anything else is not shown. */
const SHOWABLE_HOST = /^[\w.\-[\]:]{1,255}$/;

/** For a sentence: `https://host:port`, or words where no host is named. `location` is the header of that name. */
export function redirectTarget(location: string | undefined): string {
  if (location === undefined || location.trim() === '') return 'an address that it does not name';
  const [, scheme, host] = ABSOLUTE.exec(location) ?? [];
  if (host === undefined) return 'another path of the same host';
  if (!SHOWABLE_HOST.test(host)) return 'another host';
  return scheme === undefined ? host : `${scheme.toLowerCase()}://${host}`;
}
