// @ts-check
/** A plugin of TypeDoc: its modules have the names that `api-pages.mjs` gives them. */

/** TypeDoc's number for a module. */
const MODULE = 2;

/**
 * @typedef {{ kind: number, name: string }} Reflection
 * @param {{ converter: { on(event: string, listener: (context: unknown, reflection: Reflection) => void): void } }} app
 */
export function load(app) {
  /** @type {unknown} */
  const given = JSON.parse(process.env['ENTRY_NAMES'] ?? '{}');
  const names = /** @type {Readonly<Record<string, string>>} */ (given);
  app.converter.on('createDeclaration', (_context, reflection) => {
    if (reflection.kind === MODULE) reflection.name = names[reflection.name] ?? reflection.name;
  });
}
