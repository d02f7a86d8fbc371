// @ts-check
/** Runs a compiler of TypeScript in a process of its own, and reads its messages. */
import { execFile } from 'node:child_process';

/** @typedef {import('./applications.mjs').Message} Message */

const LIMIT_MS = 300_000;

/**
 * Rejects if the compiler ends without a result.
 * @param {string} tsc the compiler's program
 * @param {string} folder of the application
 * @param {string} project a `tsconfig.json` in the folder
 * @returns {Promise<Message[]>} all messages, with files relative to the folder
 */
export function runCompiler(tsc, folder, project) {
  const args = [tsc, '-p', project, '--pretty', 'false'];
  const options = { cwd: folder, timeout: LIMIT_MS, maxBuffer: 64 * 1_024 * 1_024 };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const messages = messagesOf(stdout);
      // The compiler exits with 1 or 2 if it has messages.
      const ended = error === null || (typeof error.code === 'number' && messages.length > 0);
      if (ended) resolve(messages);
      else reject(new Error(`${tsc} with ${project}: ${error.message}\n${stdout}${stderr}`));
    });
  });
}

/** @param {string} output @returns {Message[]} */
function messagesOf(output) {
  return [...output.matchAll(/^(?:(\S.*?)\(\d+,\d+\): )?error (TS\d+): (.*)$/gm)].map(
    ([, file = '', code = '', text = '']) => ({ file, code, text }),
  );
}
