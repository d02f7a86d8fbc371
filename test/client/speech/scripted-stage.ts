/** A session with a service that a test plays, and what the application is told. In virtual time. */
import type { AvatarSessionBaseOptions, PlaybackEvent, Utterance } from '../../../src/index.js';
import { MessageType } from '../../../src/ports/message.js';
import type { ClientAudioInput } from '../../../src/ports/message.js';
import { startedVirtualSession } from '../virtual-session.js';
import type { VirtualSession, VirtualSessionPlan } from '../virtual-session.js';

/** Little enough that all of it goes out at once; the scripted service animates it for as long as a test wants. */
export const audio = (bytes = 640): Uint8Array => new Uint8Array(bytes);

export interface Stage extends VirtualSession {
  /** `reqId index` for each frame that a handler was called with. */
  readonly heard: string[];
  readonly played: PlaybackEvent[];
  /** The service animates so many keyframes of a request. */
  readonly animate: (utterance: Pick<Utterance, 'reqId'>, count: number, end?: boolean) => Promise<void>;
  readonly sent: () => ClientAudioInput[];
}

export async function stage(
  options: Partial<AvatarSessionBaseOptions> = {},
  hears = true,
  service: VirtualSessionPlan['service'] = (dial) => void dial.confirm(),
): Promise<Stage> {
  const virtual = await startedVirtualSession({
    service,
    options,
    hearsFrames: hears,
  });
  const heard: string[] = [];
  const played: PlaybackEvent[] = [];
  if (hears) virtual.session.on('frame', ({ reqId, index }) => heard.push(`${reqId} ${index}`));
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
