/** The text of `storm --help`; test/cli/run.test.ts compares it with what the command accepts. */
export const STORM_HELP = `avatarkit-session storm [options]

Ten thousand sessions lose a service that is away for 30 seconds: how soon they are back, and what it costs the
service, with the retry policy of this package and with the delays that others use. Everything is computed, in virtual
time: no socket is opened, and the same seed gives the same figures. The whole run takes 15 to 30 seconds.

  --seed N         any whole number (default 1)
  --policy FILE    the session's option "retry" as JSON in place of the defaults; see: policy --help
  --json           the figures as JSON, without the tables
  --svg FILE       writes the plot: dials per second, and sessions recovered over time
  --html FILE      writes the plot and the tables as one self-contained page
  --force          replaces those files whatever is in them
  --quick          a tenth of the sessions at a tenth of the service: other figures, sooner

A file that an earlier run wrote is replaced, any other only with --force. The plot is drawn by the package echarts, which does not come with this one:
npm install -D echarts. Without a plot it is not needed.

Examples:
  avatarkit-session storm
  avatarkit-session storm --quick --json
  avatarkit-session storm --seed 7 --svg storm.svg --html storm.html
  echo '{"backoff":{"capMs":120000},"maxElapsedMs":600000}' > policy.json
  avatarkit-session storm --policy policy.json
`;
