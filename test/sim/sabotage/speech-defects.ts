/**
 * Defects in the path of speech: audio that is sent, frames that arrive, sources and loops of the
 * application.
 */
import { AudioFormat } from '../../../src/index.js';
import type { AvatarSessionOptions, Frame } from '../../../src/index.js';
import { patchAnimation } from '../../../src/wire/edit-animation.js';
import { MessageType } from '../../../src/ports/message.js';
import { clientMessage, serverMessage } from '../network/read-message.js';
import type { AudioSource } from '../application/audio-source.js';
import { ClientSocket } from '../network/client-socket.js';
import type { World } from '../world/world.js';
import type { Sabotage } from './sabotage.js';
import { connectionWith, sinkWith, withDial } from './wrappers.js';

const BEHIND_BYTES = 100_000;
const NOT_READING_MS = 2_600;
const LATE_MS = 5;

export const SPEECH_DEFECTS: readonly Sabotage[] = [
  {
    name: 'utterances-mixed',
    defect: 'frames are emitted in the order of the service, not in the order of the utterances',
    adversary: 'crowded-speech',
    noticedBy: ['spoken-in-order'],
    tamper: (options) => ({ ...options, overlap: 'parallel' }),
  },
  {
    name: 'given-up-while-uploading',
    defect: 'a socket with many buffered bytes counts as lost',
    adversary: 'slow-link',
    noticedBy: ['calm-is-delivered'],
    tamper: (options) =>
      withDial(options, (dial) => async (request, sink) => {
        const inner = await dial(request, sink);
        return connectionWith(inner, {
          send: (bytes) => {
            inner.send(bytes);
            if (inner.bufferedBytes > BEHIND_BYTES) options.clock?.schedule(0, () => inner.terminate());
          },
        });
      }),
  },
  {
    name: 'audio-lost-into-a-room',
    defect: 'every third message of audio is not sent, and the keyframes of a room are not counted',
    adversary: 'slow-link',
    noticedBy: ['delivered-went-out'],
    tamper: (options: AvatarSessionOptions, { schedule }: World): AvatarSessionOptions => {
      if (!schedule.sessions.every(({ usesEgress }) => usesEgress)) return options;
      let seen = 0;
      return withDial(options, (dial) => async (request, sink) => {
        const inner = await dial(request, sink);
        return connectionWith(inner, {
          send: (bytes) => {
            const message = clientMessage(bytes);
            const isAudio = message?.type === MessageType.clientAudioInput && !message.end;
            if (isAudio) seen += 1;
            if (!isAudio || seen % 3 !== 0) inner.send(bytes);
          },
        });
      });
    },
  },
  {
    name: 'opus-taken-for-pcm',
    defect: 'compressed audio is announced to the service as PCM',
    adversary: 'opus',
    noticedBy: ['delivered-went-out', 'frames-once', 'calm-is-delivered'],
    tamper: (options) => ({ ...options, audioFormat: AudioFormat.PCM_S16LE }),
  },
  {
    name: 'encoder-delay-omitted',
    defect: 'encoded audio is announced without the delay of its encoder',
    adversary: 'late-encoding',
    noticedBy: ['frames-once'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      if (typeof options.oggOpusEncoder !== 'object') return options;
      const { createEncoder } = options.oggOpusEncoder;
      if (createEncoder === undefined) return options;
      const punctual: typeof createEncoder = (settings) => ({
        ...createEncoder(settings),
        lookaheadSamples: 0,
      });
      return { ...options, oggOpusEncoder: { ...options.oggOpusEncoder, createEncoder: punctual } };
    },
  },
  {
    name: 'segment-taken-for-the-end',
    defect: 'the end of a segment is emitted as the end of the utterance',
    adversary: 'early-end',
    noticedBy: ['frames-once'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      let endsEarly = false;
      const dialled = withDial(options, (dial) => async (request, sink) => {
        const ended = new Set<string>();
        const inner = await dial(
          request,
          sinkWith(sink, {
            message: (data) => {
              const message = serverMessage(data);
              const isAnimation = message?.type === MessageType.serverResponseAnimation;
              endsEarly = isAnimation && message.end && !ended.has(message.reqId);
              sink.message(data);
              endsEarly = false;
            },
          }),
        );
        return connectionWith(inner, {
          send: (bytes) => {
            const message = clientMessage(bytes);
            if (message?.type === MessageType.clientAudioInput && message.end) ended.add(message.reqId);
            inner.send(bytes);
          },
        });
      });
      return {
        ...dialled,
        onFrame: (frame) => options.onFrame?.(endsEarly ? withEnd(frame) : frame),
      };
    },
  },
  {
    name: 'run-named-in-envelopes',
    defect: 'after a re-send, envelopes have the id of the run, not of the application’s request',
    noticedBy: ['frames-once'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      let runReqId = '';
      const dialled = withDial(
        options,
        (dial) => (request, sink) =>
          dial(
            request,
            sinkWith(sink, {
              message: (data) => {
                const message = serverMessage(data);
                if (message?.type === MessageType.serverResponseAnimation) runReqId = message.reqId;
                sink.message(data);
              },
            }),
          ),
      );
      return {
        ...dialled,
        onFrame: (frame) => {
          const raw = patchAnimation(frame.raw, {
            reqId: runReqId,
            clearEnd: false,
          });
          return options.onFrame?.(Object.assign(frame, { raw }));
        },
      };
    },
  },
  {
    name: 'long-lead-in',
    defect: 'one keyframe more than the lead-in is sent again',
    noticedBy: ['short-tails'],
    tamper: (options) => ({
      ...options,
      replay: { ...options.replay, leadInMs: 1_040 },
    }),
  },
  {
    name: 'tail-kept-whole',
    defect: 'audio is kept to the end of its utterance, even if it has been returned as keyframes',
    noticedBy: ['little-is-kept', 'short-tails'],
    tamper: (options) =>
      options.recovery === undefined && options.audioFormat !== AudioFormat.OGG_OPUS
        ? { ...options, recovery: 'replay' }
        : options,
  },
  {
    name: 'reading-stops',
    defect: 'after every 400th message nothing is read for 2.6 seconds',
    adversary: 'hanging-readers',
    noticedBy: ['pings-are-read'],
    tamper: (options) =>
      withDial(options, (dial) => async (request, sink) => {
        let seen = 0;
        const inner = await dial(
          request,
          sinkWith(sink, {
            message: (data) => {
              seen += 1;
              sink.message(data);
              if (seen % 400 !== 0 || !(inner instanceof ClientSocket)) return;
              inner.pauseReading();
              options.clock?.schedule(NOT_READING_MS, () => inner.resumeReading());
            },
          }),
        );
        return inner;
      }),
  },
  {
    name: 'source-kept',
    defect: 'a source of audio is not cancelled when it is no longer needed',
    adversary: 'stalling-sources',
    noticedBy: ['sources-are-left'],
    tamperSource: (source: AudioSource): AudioSource => {
      if (typeof source !== 'object' || !(Symbol.asyncIterator in source)) return source;
      const inner = source[Symbol.asyncIterator]();
      return { [Symbol.asyncIterator]: () => ({ next: () => inner.next() }) };
    },
  },
  {
    name: 'frames-late-for-a-pause',
    defect: 'the frame before a pause is emitted five milliseconds after it',
    adversary: 'pauses',
    noticedBy: ['no-frame-while-paused'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      let late: Frame | undefined;
      const handOver = (): void => {
        const frame = late;
        late = undefined;
        if (frame !== undefined) options.onFrame?.(frame);
      };
      return {
        ...options,
        onFrame: (frame) => {
          handOver();
          late = frame;
          if (frame.end) handOver();
        },
        onPlayback: (event) => {
          if (event.state === 'paused') options.clock?.schedule(LATE_MS, handOver);
          else handOver();
          return options.onPlayback?.(event);
        },
      };
    },
  },
  {
    name: 'bracket-left-open',
    defect: 'every second end of a playback is not emitted',
    noticedBy: ['playback-brackets'],
    tamper: (options: AvatarSessionOptions): AvatarSessionOptions => {
      let seen = 0;
      return {
        ...options,
        onPlayback: (event) => {
          if (event.state === 'ended' || event.state === 'interrupted') seen += 1;
          else return options.onPlayback?.(event);
          return seen % 2 === 0 ? undefined : options.onPlayback?.(event);
        },
      };
    },
  },
];

function withEnd(frame: Frame): Frame {
  return Object.assign(frame, { end: true });
}
