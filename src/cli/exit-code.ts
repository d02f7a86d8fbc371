/** The exit codes of the command; `--help` says the same in words. */
export const ExitCode = {
  fine: 0,
  /** The session or the service failed, or a keyframe was lost, repeated or wrong. */
  failed: 1,
  wrongInput: 2,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
