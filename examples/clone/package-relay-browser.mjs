// @ts-check
import './built.mjs';

export const { connectRelay, readKeyframes, RelayClient } = await import('../../dist/relay/browser/index.js');
