/** The faults that have a button: plain faults of the embedded service, as an application's tests write them. */
import type { Fault } from 'avatarkit-session/emulator';

export interface FaultButton {
  readonly words: string;
  readonly faults: readonly Fault[];
  /** Whether it needs a connection: the others hit the next dial. */
  readonly isOfRuntime: boolean;
}

const OF_RUNTIME: readonly Omit<FaultButton, 'isOfRuntime'>[] = [
  { words: 'Cut the line (1006)', faults: [{ kind: 'reset', phase: 'runtime' }] },
  { words: 'Close 1011', faults: [{ kind: 'close', phase: 'runtime', code: 1_011 }] },
  { words: 'Deploy (4503)', faults: [{ kind: 'close', phase: 'runtime', code: 4_503, reason: 'deploy' }] },
  // A browser's WebSocket has no pings: the session learns of it only when an utterance does not end.
  { words: 'Half-open, unnoticed without pings', faults: [{ kind: 'silence', phase: 'runtime' }] },
  { words: 'Silent for 2 s', faults: [{ kind: 'silence', phase: 'runtime', durationMs: 2_000 }] },
  { words: 'Slow by 1.5 s', faults: [{ kind: 'delay', phase: 'runtime', delayMs: 1_500 }] },
  {
    words: 'ServerError',
    faults: [{ kind: 'serverError', phase: 'runtime', code: 99, message: 'the animation has failed' }],
  },
  { words: 'A frame twice', faults: [{ kind: 'duplicateFrame', phase: 'runtime' }] },
];

const OF_DIALS: readonly Omit<FaultButton, 'isOfRuntime'>[] = [
  {
    words: 'Cut, then refuse 3 upgrades',
    faults: [
      { kind: 'refuse', phase: 'upgrade', status: 503, times: 3 },
      { kind: 'reset', phase: 'runtime' },
    ],
  },
  {
    words: 'Cut, then refuse the token (401)',
    faults: [
      { kind: 'refuse', phase: 'token', status: 401 },
      { kind: 'reset', phase: 'runtime' },
    ],
  },
  {
    words: 'Cut, then 429 with Retry-After 2',
    faults: [
      { kind: 'refuse', phase: 'token', status: 429, headers: { 'Retry-After': '2' } },
      { kind: 'reset', phase: 'runtime' },
    ],
  },
];

export const FAULT_BUTTONS: readonly FaultButton[] = [
  ...OF_RUNTIME.map((button) => ({ ...button, isOfRuntime: true })),
  ...OF_DIALS.map((button) => ({ ...button, isOfRuntime: false })),
];
