export * from '../../dist/relay/index.js';
