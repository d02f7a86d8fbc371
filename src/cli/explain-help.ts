/** The text of `explain --help`; test/cli/run.test.ts compares it with what the command accepts. */
export const EXPLAIN_HELP = `avatarkit-session explain FACT [options]

Says what a session makes of a failure: the code, the phase, the row of the tables that led to it, what is decided and
why, the delays if it lasts, and what an operator should do. session.explain() uses the same words for what really
happened. Where a delay is drawn, 'why' shows the average one. The facts are one of:

  --close CODE           the WebSocket was closed; --reason TEXT, --idle when no request was unfinished
  --http STATUS          the upgrade (or, with --phase session_token, the token request) was refused;
                         --body TEXT, --retry-after VALUE, --header 'Name: value' (as often as needed)
  --server-error CODE    a ServerError message; --text TEXT, --req-id ID when it names a request that is being said
  --errno CODE           the transport failed: ECONNREFUSED, CERT_HAS_EXPIRED, ...; --text TEXT
  --timeout MS           a step was not answered in time
  --silence MS           a ping was not answered

  --phase PHASE    session_token, websocket_connect or websocket_runtime; by default where the fact is usual
  --egress         the session publishes into a LiveKit or Agora room
  --reconnect      the session has had a connection before: the same credentials were accepted at the same addresses
  --attempt N      which dial of the outage failed (default 1); 0 when a stable connection was lost (default at runtime)
  --elapsed MS     how long the outage has lasted by then (default 0)
  --sessions N     how many sessions the process has at the endpoint (default 1): a drain notice spreads them
  --preset NAME    the policy to ask: default, patient, interactive or never
  --file FILE      the policy to ask: the session's option "retry" as JSON; see: policy --help
  --json           the same as JSON

Examples:
  avatarkit-session explain --close 4503 --reason "restarting"
  avatarkit-session explain --http 429 --phase websocket_connect --retry-after 30 --body '{"message":"too many"}'
  avatarkit-session explain --server-error 14 --text "failed to create egress connection" --egress
  avatarkit-session explain --errno ECONNREFUSED --phase session_token --json
  avatarkit-session explain --close 1012 --sessions 400
`;
