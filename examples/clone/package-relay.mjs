// @ts-check
import './built.mjs';

export const { createRelay, createRelayHub, Relay, RelayHub } = await import('../../dist/relay/index.js');
