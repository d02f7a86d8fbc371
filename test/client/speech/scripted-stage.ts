/** A session with a scripted service, and the events that the application gets. In virtual time. */
import type { AvatarSessionBaseOptions, PlaybackEvent, Utterance } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import type { ClientAudioInput } from '../../../src/ports/message.js';
import { startedVirtualSession } from '../virtual-session.js';
import type { VirtualSession, VirtualSessionPlan } from '../virtual-session.js';

/**
 * Audio that is short enough to be sent at once. The scripted service sends as many keyframes as a test
 * requests.
 */
export const audio = (bytes = 640): Uint8Array => new Uint8Array(bytes);

export interface Stage extends VirtualSession {
  /** Each frame that a handler got, as `reqId index`. */
  readonly heard: string[];
  readonly played: PlaybackEvent[];
  /** Lets the service send `count` keyframes of a request. */
  readonly animate: (utterance: Pick<Utterance, 'reqId'>, count: number, end?: boolean) => Promise<void>;
  readonly sent: () => ClientAudioInput[];
}

export async function stage(
  options: Partial<AvatarSessionBaseOptions> = {},
  takesFrames = true,
  service: VirtualSessionPlan['service'] = (dial) => void dial.confirm(),
): Promise<Stage> {
  const virtual = await startedVirtualSession({
    service,
    options,
    takesFrames,
  });
  const heard: string[] = [];
  const played: PlaybackEvent[] = [];
  if (takesFrames) virtual.session.on('frame', ({ reqId, index }) => heard.push(`${reqId} ${index}`));
  virtual.session.on('playback', (event) => played.push(event));
  return {
    ...virtual,
    heard,
    played,
    animate: async ({ reqId }, count, end = false) => {
      virtual.transport.latest.animate(reqId, count, { end });
      await virtual.clock.settle();
    },
    sent: () =>
      virtual.transport.latest.received.filter(
        (message): message is ClientAudioInput => message.type === MessageType.clientAudioInput,
      ),
  };
}
