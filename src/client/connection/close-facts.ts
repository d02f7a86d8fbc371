/** How a transport says that a connection ended, made sure of: one of the application may give anything. */
import type { SocketClosed } from '../../core/failure/failure-facts.js';

const ABNORMAL_CLOSURE = 1006;

export function closeOf(
  closeCode: unknown,
  closeReason: unknown,
  cause: unknown,
): Pick<SocketClosed, 'closeCode' | 'closeReason' | 'cause'> {
  return {
    closeCode: typeof closeCode === 'number' && Number.isInteger(closeCode) ? closeCode : ABNORMAL_CLOSURE,
    closeReason: typeof closeReason === 'string' ? closeReason : '',
    cause: readable(cause),
  };
}

/** The cause, or an Error in its place where its parts can't be read. */
function readable(cause: unknown): unknown {
  try {
    if (cause instanceof Error) read([cause.message, cause.cause]);
    if (typeof cause === 'object' && cause !== null && 'code' in cause) read([cause.code]);
    return cause;
  } catch {
    return new Error('a cause that can not be read');
  }
}

/** To have been read is all. */
function read(parts: readonly unknown[]): number {
  return parts.length;
}
