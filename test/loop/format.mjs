// @ts-check
/** Formats generated text as `npm run format` does, with the settings of .oxfmtrc.json. */
import { readFileSync } from 'node:fs';
import { format } from 'oxfmt';

/**
 * @typedef {import('oxfmt').FormatConfig} FormatOptions
 * @typedef {FormatOptions & { readonly overrides: readonly { readonly files: readonly string[], readonly options: FormatOptions }[] }} Settings
 */
const { overrides, ...settings } = /** @type {Settings} */ (
  JSON.parse(readFileSync(new URL('../../.oxfmtrc.json', import.meta.url), 'utf8'))
);

/** Columns of a line. */
export const WIDTH = settings.printWidth ?? 80;

/**
 * @param {string} file its path from the root of the project, which says the language and the settings
 * @param {string} text
 * @returns {Promise<string>}
 * @throws {Error} when it can't be parsed
 */
export async function formatText(file, text) {
  const own = overrides.filter(({ files }) => files.some((pattern) => matches(pattern, file)));
  const options = own.reduce((all, { options }) => ({ ...all, ...options }), settings);
  const { code, errors } = await format(file, text, options);
  if (errors.length > 0) throw new Error(`${file}: ${errors.map(({ message }) => message).join(', ')}`);
  return code;
}

/**
 * @param {string} pattern `folder/*.md`
 * @param {string} file
 */
function matches(pattern, file) {
  const [before = '', after] = pattern.split('*');
  if (after === undefined) return file === pattern;
  const between = file.slice(before.length, -after.length || undefined);
  return file.startsWith(before) && file.endsWith(after) && !between.includes('/');
}
