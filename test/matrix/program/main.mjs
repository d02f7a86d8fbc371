// @ts-check
/**
 * Runs the scenarios on Node, Bun or Deno, and prints one line of JSON for each. The process must end by
 * itself.
 */
import { WebSocket } from 'ws';
import { makeContext, runScenarios } from './run-scenarios.mjs';
import { SCENARIOS } from './scenarios.mjs';

const { controlUrl, names, program, env } = JSON.parse(process.env['MATRIX'] ?? '{}');
const chosen = SCENARIOS.filter(({ name }) => names.includes(name));
const context = makeContext({
  controlUrl,
  env,
  program,
  WebSocket: /** @type {never} */ (globalThis.WebSocket ?? WebSocket),
});
process.on('warning', (warning) => {
  if (warning.name.startsWith('AvatarKit')) console.log(JSON.stringify({ warning: String(warning) }));
});
let failed = false;
await runScenarios(chosen, context, (result) => {
  failed ||= !result.ok;
  console.log(JSON.stringify(result));
});
// A failed scenario may have left open resources.
if (failed) process.exit(0);
