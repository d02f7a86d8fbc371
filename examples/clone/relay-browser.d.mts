export * from '../../dist/relay/browser/index.js';
