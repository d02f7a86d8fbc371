export * from '../../dist/pool/session-pool.js';
