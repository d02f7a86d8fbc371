import { createWsTransport } from '../../../src/adapters/ws/ws-transport.js';
import { describeTransport } from '../transport-contract.js';
import { startWsService } from '../ws-service.js';

describeTransport('ws', () => startWsService(createWsTransport()));
