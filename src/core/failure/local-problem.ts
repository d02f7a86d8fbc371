/**
 * Failures on this side, where a code alone is too general: a call at the wrong time, a limit of this package, a function of the
 * application. One row each, with a sentence that names the call or the option. The code of such an error is chosen where the error is
 * made.
 */
import type { FailureOrigin } from './avatar-sdk-error-code.js';

export interface ProblemRow {
  /** When it happens, for the README's table. */
  readonly when: string;
  /** The origin of the failure. Default: this package. */
  readonly origin?: FailureOrigin;
  /** What to do about it, in one sentence. */
  readonly remediation: string;
}

const ROWS = {
  notStarted: {
    when: '`speak`, `sendAudio`, `pause` or `resume` before `start()`',
    remediation:
      'Call start() before you speak or pause: audio is accepted from then on, also while the session still connects.',
  },
  closed: {
    when: 'a call after `close()`',
    remediation:
      'Make a new session with newAvatarSession(): one that was closed by close() does not open again.',
  },
  draining: {
    when: 'a new utterance after `close({ drain: true })`',
    remediation:
      'Make a new session for new utterances: after close({ drain: true }) only those that had begun are finished.',
  },
  notOver: {
    when: '`restart` before `start()`, or while the session goes on',
    remediation:
      'Call start() for the first connection, and restart() only when the session is over: until then it reconnects by itself.',
  },
  aborted: {
    when: 'the signal given to `start()` was aborted',
    remediation:
      'Make a new session to connect again: the signal given to start() was aborted, which ends a session for good.',
  },
  waitAborted: {
    when: 'the signal of one of several calls that wait for a `restart()` was aborted',
    remediation:
      'Nothing to do for the session, which goes on for the other calls of restart(): close() would end it.',
  },
  ended: {
    origin: 'service',
    when: 'a call after the service ended the session normally',
    remediation:
      'Call restart(), or make a new session: the service ended this one normally, after all utterances had finished.',
  },
  rollover: {
    when: 'the connection is replaced because of `maxSessionMs`',
    remediation:
      'Nothing to do: the connection is replaced before the limit of the service ends it, as maxSessionMs asks.',
  },
  utteranceEnded: {
    when: '`write` or `end` after `end()`',
    remediation:
      'Begin a new utterance with speak() or sendAudio(): after end() an utterance takes no more audio.',
  },
  utteranceOver: {
    when: '`write` or `end` after the utterance was delivered or interrupted',
    remediation:
      'Begin a new utterance with speak() or sendAudio(): this one is over, and takes no more audio.',
  },
  loopLate: {
    when: 'a loop over frames that begins after more than 1 MiB of them came',
    remediation:
      'Begin the loop over frames right after speak(), before the audio is written: few frames are kept for one that has not begun.',
  },
  loopBesideCallback: {
    when: 'a loop over frames that begins after the first frame went to `onFrame`, a `frame` listener or `transportFrames`',
    remediation:
      "Begin the loop over frames right after speak(), or leave out onFrame, 'frame' listeners and transportFrames: where they get the frames, none are kept for a loop.",
  },
  loopBehind: {
    when: 'a loop over frames that takes them so slowly that 32 MiB wait, or 8 MiB while it takes none',
    remediation:
      'Take frames faster, without slow work inside the loop, or write the audio at the pace of the loop.',
  },
  loopHangs: {
    when: 'a loop over frames that takes none of those that wait for it within `readerTimeoutMs`',
    remediation:
      'Wait for nothing slow inside the loop over frames, and leave it when its receiver is gone; or raise readerTimeoutMs.',
  },
  waveHeader: {
    when: 'audio that begins with a RIFF/WAVE header',
    remediation:
      'Send raw PCM samples without the header of the WAV file, as readWav() of avatarkit-session/audio gives them, and check that its rate is the option sampleRate.',
  },
  pausedFrames: {
    when: 'a paused session gets more frames than it keeps, of an utterance that is not to be sent again',
    remediation:
      "Call resume() sooner, or set recovery to 'replay' or 'tail', which send the utterance again when the pause is over.",
  },
  waitingFrames: {
    when: 'more than 8 MiB of frames wait for the turn of their utterances, and one of those is not to be sent again',
    remediation:
      "Begin fewer utterances ahead, or use overlap 'parallel'; with recovery 'tail' or 'replay' they are sent again at their turn.",
  },
  noPlaybackControl: {
    when: '`pause` or `resume` where the service can’t',
    remediation:
      'Use interrupt() instead of pause(), or have the capability playback_control enabled for this app at the service.',
  },
  poolClosed: {
    when: '`acquire` of a pool after its `close()`, and before it for callers that wait',
    remediation: 'Make a new pool with createSessionPool(): one that was closed lends no more sessions.',
  },
  sampleRate: {
    when: 'a `sampleRate` that the format does not have',
    remediation:
      'Set the option sampleRate to one of the rates that the message lists, and resample the audio to it.',
  },
  opusPackage: {
    when: '`oggOpusEncoder` without the package `@evan/opus`',
    remediation:
      'Install it with npm install @evan/opus, or give an encoder of your own as oggOpusEncoder.createEncoder.',
  },
  opusEncoder: {
    when: 'the encoder of `oggOpusEncoder` throws, or makes no packet',
    remediation:
      'Correct oggOpusEncoder.createEncoder; where none is given, report the error with the version of @evan/opus.',
  },
  sourceFailed: {
    origin: 'source',
    when: 'the source given to `speak()`, or piped into `utterance.writable`, throws',
    remediation:
      'Correct the source of audio that speak() was given, or that is piped into utterance.writable: it threw the error that the message shows, and cause has its stack.',
  },
  sourceNoAudio: {
    origin: 'source',
    when: 'the source given to `speak()`, or piped into `utterance.writable`, gives something that is no audio',
    remediation:
      'Let the source given to speak(), or piped into utterance.writable, yield Uint8Array, ArrayBuffer or views of one, and no strings.',
  },
  sourceStalled: {
    origin: 'source',
    when: 'the source given to `speak()` gives nothing for `sourceTimeoutMs`',
    remediation:
      'Let the source given to speak() give its audio sooner or end, or raise sourceTimeoutMs: it gave nothing for so long.',
  },
  replayLimit: {
    when: 'the audio kept for a re-send has reached `replay.maxBytes`',
    remediation:
      "Await each write(), or raise replay.maxBytes; with replay.onLimit 'stopReplaying' audio goes out that can't be sent again.",
  },
  processReplayLimit: {
    when: 'the audio kept by all sessions of the process has reached `replay.maxProcessBytes`',
    remediation:
      'Raise replay.maxProcessBytes, or let fewer sessions speak at once: all sessions of the process share that bound.',
  },
  socketFull: {
    when: 'the socket took no audio for `silenceTimeoutMs`',
    remediation:
      'Check the bandwidth from this host to the service; raise silenceTimeoutMs where a slow line is expected.',
  },
  serviceSilent: {
    when: 'the service sent nothing for `silenceTimeoutMs` after the end of a request',
    remediation:
      "Send the utterance again; if the failure lasts, raise silenceTimeoutMs or send the connection and request ids to the service's support.",
  },
  tooOld: {
    when: 'an utterance older than `replay.ttlMs` when it could be sent again',
    remediation:
      'Send the utterance again if it still matters, or raise replay.ttlMs: older audio is not sent again.',
  },
  notResent: {
    when: 'the connection was lost, and the utterance is not to be sent again',
    remediation:
      "Send the utterance again if it still matters, or set recovery to 'replay' or 'tail', which send unfinished audio again.",
  },
  notKept: {
    when: "the connection was lost, and the audio had not been kept because of `replay.onLimit` 'stopReplaying'",
    remediation:
      "Send the utterance again if it still matters, or raise replay.maxBytes or replay.maxProcessBytes, or set replay.onLimit to 'wait', so that audio is kept.",
  },
  gateTimeout: {
    when: 'the connect gate let no dial through within `maxElapsedMs`',
    remediation:
      'See the cause: dials to this endpoint failed all the time; raise retry.maxElapsedMs to wait longer for it.',
  },
  tokenProvider: {
    origin: 'application',
    when: '`tokenProvider` throws or rejects',
    remediation:
      'Correct tokenProvider, or the backend that it calls: it failed with the error that the message shows.',
  },
  tokenProviderAnswer: {
    origin: 'application',
    when: '`tokenProvider` returns no token',
    remediation:
      'Let tokenProvider return the session token as a string, or { token, expiresAt } with expiresAt in Unix seconds.',
  },
  tokenProviderTimeout: {
    origin: 'application',
    when: '`tokenProvider` does not settle within `timeoutMs`',
    remediation:
      'Let tokenProvider answer sooner, and give up when its signal is aborted; or raise timeoutMs.',
  },
  egressFunction: {
    origin: 'application',
    when: 'the function given as `livekitEgress` or `agoraEgress` throws or rejects',
    remediation:
      'Correct the function given as livekitEgress or agoraEgress: it failed with the error that the message shows.',
  },
  egressAnswer: {
    origin: 'application',
    when: 'that function returns no configuration',
    remediation:
      'Let the function given as livekitEgress or agoraEgress return an object with the URL or channel and its credentials.',
  },
  egressTimeout: {
    origin: 'application',
    when: 'that function does not settle within `timeoutMs`',
    remediation:
      'Let the function given as livekitEgress or agoraEgress answer sooner, and obey its signal; or raise timeoutMs.',
  },
  httpPost: {
    origin: 'application',
    when: '`httpPost` throws or rejects by itself',
    remediation:
      'Correct httpPost: it failed with the error that the message shows, before any answer of the console came.',
  },
  httpPostAnswer: {
    origin: 'application',
    when: '`httpPost` returns something that is no HTTP answer',
    remediation:
      'Let httpPost resolve with the Response of fetch, or with { status, headers, body } where body is a string.',
  },
  consoleToken: {
    origin: 'service',
    when: 'the console answers with a token that can not be used',
    remediation:
      'Check consoleEndpointUrl and the proxies in front of the console: a session token has no control characters and at most 16 KiB.',
  },
  defect: {
    when: 'a defect of this package',
    remediation:
      'Report the whole error, with its cause and the version of this package: this should not happen.',
  },
} as const satisfies Readonly<Record<string, ProblemRow>>;

export type LocalProblem = keyof typeof ROWS;

export const LOCAL_PROBLEMS: Readonly<Record<LocalProblem, ProblemRow>> = Object.freeze(ROWS);
