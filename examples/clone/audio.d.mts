export * from '../../dist/audio/index.js';
