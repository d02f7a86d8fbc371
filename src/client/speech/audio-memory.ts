/** The memory of what is being said: blocks that nobody zeroes, with room in front of each part for the head of its message. */
import type { AudioMemory } from '../../core/utterance/audio-log.js';
import { AUDIO_HEAD_ROOM_BYTES } from '../../wire/audio-input-head.js';

export const AUDIO_MEMORY: AudioMemory = {
  allocate: (bytes) => Buffer.allocUnsafeSlow(bytes),
  headRoomBytes: AUDIO_HEAD_ROOM_BYTES,
};
