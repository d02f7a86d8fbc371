// @ts-check
/**
 * One subject, its rows as JSON on standard output. Ends the process explicitly, because a handle that is
 * left open would keep it alive.
 */
const [subject, quick] = process.argv.slice(2);
/** @type {unknown} */
const module = await import(`./subjects/${subject}.mjs`);
const subjectModule = /** @type {{ measure: (quick: boolean) => Promise<unknown> }} */ (module);
const rows = await subjectModule.measure(quick === '--quick');
process.stdout.write(JSON.stringify(rows), () => process.exit(0));
