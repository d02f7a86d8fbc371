/** The text of `say --help`; test/cli/run.test.ts compares it with what the command accepts. */
import { PLAN_NAMES } from './faults-option.js';

export const SAY_HELP = `avatarkit-session say FILE.wav [options]

Streams the speech in FILE.wav (mono, 16-bit PCM) through one session at the pace of a microphone, shows every step of
the session's life, and ends with one line:

  keyframes N/N · lost 0 · duplicated 0 · reconnects R · open sockets 0

Without any option or variable that names a real service, an embedded one is started, and every keyframe is compared with
what it must be.

  --faults PLAN    how the embedded service misbehaves: ${PLAN_NAMES},
                   or JSON (one fault or a list of them), or @FILE with either in it
  --seed N         of the embedded service's choices and the session's jitter (default 1; a real service: random jitter)
  --speed X        pace of the speech, 1 is real time (default), 0.1 to 1000
  --policy FILE    retry policy, JSON of the session's option "retry"; see: policy --help
                   (default: the session's own; with a real service at most 5 attempts per outage)

A real service, by options or variables:
  --app-id ID          AVATARKIT_APP_ID
  --avatar-id ID       AVATARKIT_AVATAR_ID
  --region NAME        AVATARKIT_REGION (default us-west)
  --console-url URL    AVATARKIT_CONSOLE_URL (instead of a region)
  --ingress-url URL    AVATARKIT_INGRESS_URL (instead of a region)
  The API key is read from AVATARKIT_API_KEY only, as options show in lists of processes.
  N/N is then what came, and what 25 keyframes per second of audio give.

Ctrl-C closes the session before the program ends.

Examples:
  avatarkit-session say examples/audio/speech.wav
  avatarkit-session say examples/audio/speech.wav --faults demo --seed 1
  avatarkit-session say speech.wav --faults '{"kind":"close","phase":"runtime","code":4503,"afterKeyframes":100}'
  AVATARKIT_API_KEY=... avatarkit-session say speech.wav --app-id app_1 --avatar-id avatar_1 --region us-west
`;
