/**
 * The classification of each code of the system and of the runtime: one row for each code, and no row for
 * codes that are only similar.
 */
import { describe, expect, it } from 'vitest';
import {
  matchTransport,
  OTHER_TRANSPORT,
  TRANSPORT_RULES,
} from '../../../src/core/failure/transport-rules.js';

const EXPECTED = [
  ['CERT_*', 'CERT_HAS_EXPIRED', 'permanent'],
  ['CRL_*', 'CRL_HAS_EXPIRED', 'permanent'],
  ['UNABLE_TO_*', 'UNABLE_TO_GET_ISSUER_CERT', 'permanent'],
  ['ERROR_IN_CERT_*', 'ERROR_IN_CERT_NOT_AFTER_FIELD', 'permanent'],
  ['ERROR_IN_CRL_*', 'ERROR_IN_CRL_NEXT_UPDATE_FIELD', 'permanent'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'permanent'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'SELF_SIGNED_CERT_IN_CHAIN', 'permanent'],
  ['INVALID_CA', 'INVALID_CA', 'permanent'],
  ['INVALID_PURPOSE', 'INVALID_PURPOSE', 'permanent'],
  ['PATH_LENGTH_EXCEEDED', 'PATH_LENGTH_EXCEEDED', 'permanent'],
  ['HOSTNAME_MISMATCH', 'HOSTNAME_MISMATCH', 'permanent'],
  ['ERR_TLS_CERT_*', 'ERR_TLS_CERT_ALTNAME_INVALID', 'permanent'],
  ['ERR_INVALID_URL', 'ERR_INVALID_URL', 'permanent'],
  ['ERR_INVALID_PROTOCOL', 'ERR_INVALID_PROTOCOL', 'permanent'],
  ['ERR_UNESCAPED_CHARACTERS', 'ERR_UNESCAPED_CHARACTERS', 'permanent'],
  ['ERR_SOCKET_BAD_PORT', 'ERR_SOCKET_BAD_PORT', 'permanent'],
  ['ERR_INVALID_CHAR', 'ERR_INVALID_CHAR', 'permanent'],
  ['ERR_INVALID_HTTP_TOKEN', 'ERR_INVALID_HTTP_TOKEN', 'permanent'],
  ['ERR_MODULE_NOT_LOADED', 'ERR_MODULE_NOT_LOADED', 'permanent'],
  ['ERR_POLLUTED_PROTOTYPE', 'ERR_POLLUTED_PROTOTYPE', 'permanent'],
  ['HPE_INVALID_EOF_STATE', 'HPE_INVALID_EOF_STATE', 'healable'],
  ['HPE_HEADER_OVERFLOW', 'HPE_HEADER_OVERFLOW', 'healable'],
  ['HPE_*', 'HPE_INVALID_CONSTANT', 'malformed'],
  ['WS_ERR_*', 'WS_ERR_INVALID_UTF8', 'malformed'],
  ['ERR_BODY_TOO_LARGE', 'ERR_BODY_TOO_LARGE', 'malformed'],
  ['ENOTFOUND', 'ENOTFOUND', 'healable'],
  ['EAI_*', 'EAI_AGAIN', 'healable'],
  ['ECONNREFUSED', 'ECONNREFUSED', 'healable'],
  ['ECONNRESET', 'ECONNRESET', 'healable'],
  ['ECONNABORTED', 'ECONNABORTED', 'healable'],
  ['EPIPE', 'EPIPE', 'healable'],
  ['ETIMEDOUT', 'ETIMEDOUT', 'healable'],
  ['EHOST*', 'EHOSTUNREACH', 'healable'],
  ['ENET*', 'ENETDOWN', 'healable'],
  ['EADDRNOTAVAIL', 'EADDRNOTAVAIL', 'healable'],
  ['EMFILE', 'EMFILE', 'healable'],
  ['EPROTO', 'EPROTO', 'healable'],
  ['ERR_SSL_*', 'ERR_SSL_WRONG_VERSION_NUMBER', 'healable'],
] as const;

describe('the code of a transport failure:', () => {
  it.each(EXPECTED)('row %s: %s is %s', (row, errno, verdict) => {
    const match = matchTransport(errno);
    expect(match.verdict).toBe(verdict);
    expect(match.matchedRow).toMatch(/^transport code \S+: .{8,}$/);
    expect(match.matchedRow.split(':')[0]).toBe(`transport code ${row}`);
  });

  it('this list has every row', () => {
    expect(TRANSPORT_RULES.map(({ errno }) => errno)).toEqual(EXPECTED.map(([row]) => row));
  });

  it.each([undefined, '', 'ENEW', 'EPROTOTYPE', 'ENOTFOUN', 'XENOTFOUND', 'HPE'])(
    '%s has no row',
    (errno) => {
      expect(matchTransport(errno)).toBe(OTHER_TRANSPORT);
      expect(OTHER_TRANSPORT.verdict).toBe('healable');
    },
  );
});
