/** Who a live connection tells what comes over it. */
import type { FailureFacts } from '../../core/failure/failure-facts.js';
import type { ServerConfirmSession, ServerMessage } from '../../ports/message.js';

/** Who listens to a confirmed connection. Called synchronously, in the order of arrival. */
export interface ConnectionOwner {
  received(message: Exclude<ServerMessage, ServerConfirmSession>, raw: Uint8Array): void;
  /** A frame that is no message; the connection lives on. */
  undecodable(facts: FailureFacts): void;
  /** The socket's buffer is low again after `notifyBelow`. */
  drained(): void;
  /** The answer to a ping came, where the transport says so. */
  pingAnswered(): void;
  /** Requests without their last frame; a normal close with none is no failure. */
  unfinishedRequests(): number;
}
