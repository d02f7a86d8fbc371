export * from '../../dist/emulator/index.js';
