// @ts-check
import './built.mjs';

export const { SessionPool, createSessionPool } = await import('../../dist/pool/session-pool.js');
