/** What the tests of the connect gate have in common: the failures that it hears of, and a draw in the middle. */
import type { DecidableFailure } from '../../../src/core/policy/decide.js';

export const half = (): number => 0.5;

export const UNREACHABLE: DecidableFailure = {
  code: 'connectionFailed',
  phase: 'websocket_connect',
  permanent: false,
};

export const LOSS = { code: 'connectionClosed' } as const;
