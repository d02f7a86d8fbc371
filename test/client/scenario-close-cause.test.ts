/**
 * The error of a lost connection has its cause: a reset can be distinguished from an end without a close frame.
 * Real sockets.
 */
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createWebSocketTransport, newAvatarSession } from '../../src/index.js';
import type { AvatarSDKError, AvatarSessionOptions } from '../../src/index.js';
import { MessageType } from '../../src/ports/message.js';
import { CONFIRMATION, RawService } from './scenario-support/raw-service.js';
import { waitFor } from '../support/wait-for.js';

async function errorOfBreak(
  how: 'reset' | 'end',
  options: Partial<AvatarSessionOptions>,
): Promise<AvatarSDKError> {
  let cut: () => void = () => undefined;
  await using service = await RawService.start({
    upgrade: (_request, socket) => {
      cut = () => {
        if (how === 'end') socket.end();
        else if ('resetAndDestroy' in socket) (socket.resetAndDestroy as () => void)();
      };
      return false;
    },
    message: (message, socket) => {
      if (message.type === MessageType.clientConfigureSession) socket.send(CONFIRMATION);
    },
  });
  const errors: AvatarSDKError[] = [];
  const session = newAvatarSession({
    ...service.endpoints,
    apiKey: 'key-of-the-test',
    retry: false,
    onError: (error) => errors.push(error),
    ...options,
  });
  await session.start();
  cut();
  await waitFor(() => expect(errors).toHaveLength(1));
  await session.close();
  const [error] = errors;
  if (error === undefined) throw new Error('no error was reported');
  return error;
}

describe('the error of a connection that broke', () => {
  it.each([
    ['reset', 'ECONNRESET'],
    ['end', 'ERR_STREAM_PREMATURE_CLOSE'],
  ] as const)('by a TCP %s has the cause %s', async (how, code) => {
    const error = await errorOfBreak(how, {});
    expect(error).toMatchObject({ code: 'connectionClosed', closeCode: 1006, cause: { code } });
  });

  it('has no cause if the WHATWG socket reports none', async () => {
    const error = await errorOfBreak('end', { transport: createWebSocketTransport({ WebSocket }) });
    expect(error).toMatchObject({ code: 'connectionClosed', closeCode: 1006 });
    expect(error).not.toHaveProperty('cause');
  });
});
