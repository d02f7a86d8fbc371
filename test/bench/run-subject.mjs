// @ts-check
/**
 * Runs one subject and prints its rows as JSON. Ends the process explicitly, because an open handle would
 * keep it alive.
 */
const [subject, quick] = process.argv.slice(2);
/** @type {unknown} */
const module = await import(`./subjects/${subject}.mjs`);
const subjectModule = /** @type {{ measure: (quick: boolean) => Promise<unknown> }} */ (module);
const rows = await subjectModule.measure(quick === '--quick');
process.stdout.write(JSON.stringify(rows), () => process.exit(0));
