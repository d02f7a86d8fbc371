/**
 * The kinds of faults that wait for an opportunity and then change what is being sent. AnimationSender takes
 * them from RuntimeFaults when it sends a message of the kind that they change.
 */
import { byDefault, COUNT, TIME_MS } from './fault-field.js';
import { faultRow } from './fault-row.js';

export const MESSAGE_FAULTS = {
  earlyEnd: faultRow({
    phases: ['runtime'],
    about:
      'Ends a segment before the client ends the request: a message with keyframes carries `end`; with egress it is ' +
      'sent as soon as all audio so far has been played. The request continues.',
    fields: {},
  }),
  duplicateEnd: faultRow({
    phases: ['runtime'],
    about: 'Sends one more, empty, end message.',
    fields: {},
  }),
  dropEnd: faultRow({
    phases: ['runtime'],
    about: 'Sends the keyframes of a request, and never its end.',
    fields: {},
  }),
  duplicateFrame: faultRow({
    phases: ['runtime'],
    about: 'Sends a message with keyframes twice.',
    fields: {},
  }),
  playedMsBackwards: faultRow({
    phases: ['runtime'],
    about: 'Sends a PlaybackState with a position `byMs` lower than the last one sent.',
    fields: { byMs: byDefault(500, TIME_MS) },
  }),
  framesAfterInterrupt: faultRow({
    phases: ['runtime'],
    about: 'Sends `keyframes` more keyframes for a request after its interrupt, spread over `overMs`.',
    fields: { keyframes: byDefault(5, COUNT), overMs: byDefault(0, TIME_MS) },
  }),
};
