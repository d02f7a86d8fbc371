/**
 * What an operator should do about a close code, where the number says more than the failure code that it led to. First row
 * wins; ranges are inclusive. A number without a row gets the remediation of its failure code.
 */
import type { AvatarSDKErrorCode } from './avatar-sdk-error-code.js';

export interface CloseRemedy {
  readonly from: number;
  readonly to: number;
  /** Only where the close led to this code: its reason may have led to another one. */
  readonly code: AvatarSDKErrorCode;
  readonly remediation: string;
}

const RESTARTED =
  'Nothing to do: the service restarted, and retries carry a session over that; allow more attempts where it takes longer.';

const ROWS: readonly CloseRemedy[] = [
  { from: 1001, to: 1001, code: 'connectionClosed', remediation: RESTARTED },
  { from: 1012, to: 1013, code: 'connectionClosed', remediation: RESTARTED },
  {
    from: 1006,
    to: 1006,
    code: 'connectionClosed',
    remediation:
      'Check the network and the proxies between this host and the service: the connection broke without a close frame.',
  },
  {
    from: 1011,
    to: 1011,
    code: 'connectionClosed',
    remediation:
      "Send the connection id to the service's support if it lasts: the service closed with an internal error.",
  },
  {
    from: 1014,
    to: 1014,
    code: 'connectionClosed',
    remediation:
      'Check the proxy in front of the service if it lasts: it lost its own connection to the service.',
  },
  {
    from: 1008,
    to: 1008,
    code: 'invalidRequest',
    remediation: 'See the close reason for the rule of the service or of a proxy that this session broke.',
  },
  {
    from: 1009,
    to: 1009,
    code: 'invalidRequest',
    remediation:
      'Shorten extraParams and the egress attributes, or raise the message limit of the proxy: a message was too big.',
  },
  {
    from: 1015,
    to: 1015,
    code: 'connectionFailed',
    remediation: 'Check the TLS certificate and the TLS versions of both ends: the TLS handshake failed.',
  },
  {
    from: 4000,
    to: 4499,
    code: 'connectionClosed',
    remediation:
      'See the close reason and update this package: the service closed on purpose, with a code that this version does not know.',
  },
];

export const CLOSE_REMEDIES: readonly CloseRemedy[] = Object.freeze(ROWS.map((row) => Object.freeze(row)));

/** Undefined where the code says as much as the number. */
export function closeRemedy(closeCode: number, code: AvatarSDKErrorCode): string | undefined {
  return ROWS.find((row) => closeCode >= row.from && closeCode <= row.to && row.code === code)?.remediation;
}
