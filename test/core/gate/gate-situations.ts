/**
 * Shared by the tests of the connect gate: the failures that they report to it, and a random source that always
 * draws 0.5.
 */
import type { DecidableFailure } from '../../../src/core/policy/decide.js';

export const half = (): number => 0.5;

export const UNREACHABLE: DecidableFailure = {
  code: 'connectionFailed',
  phase: 'websocket_connect',
  permanent: false,
};

export const LOSS = { code: 'connectionClosed' } as const;
