// @ts-check
/**
 * Runs the scenarios on workerd: the request contains their names, and the answer has a line of JSON for each
 * result.
 */
import { CLIENT_SCENARIOS } from './client-scenarios.mjs';
import { makeContext, runScenarios } from './run-scenarios.mjs';

export default {
  /** @param {Request} request */
  async fetch(request) {
    /** @type {{ readonly controlUrl: string, readonly names: readonly string[] }} */
    const { controlUrl, names } = JSON.parse(await request.text());
    /** @type {object[]} */
    const lines = [];
    const WebSocket = /** @type {never} */ (globalThis.WebSocket);
    const context = makeContext({ controlUrl, env: {}, program: [], WebSocket, hasWsPackage: false });
    const chosen = CLIENT_SCENARIOS.filter(({ name }) => names.includes(name));
    await runScenarios(chosen, context, (result) => lines.push(result));
    return new Response(lines.map((line) => JSON.stringify(line)).join('\n'));
  },
};
