// @ts-check
/**
 * `npm run api`: writes what each entry of the package exports into api/NAME.api.md, from the declarations in dist/.
 * `npm run lint` compares them, and names types that users need and can't name.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../..', import.meta.url).pathname;
const REPORTS = 'api';
/** Of every entry in the field `exports` of package.json that has types: the name of its report, and its declarations. */
const ENTRIES = typedEntries();
/**
 * A fault is typed by the table of faults. Its parts have no names for users: `FaultOf<'reset'>` names a kind. `agents` is the package
 * that a class of `livekit` extends.
 */
const UNNAMED = ['Kinds', 'FaultAt', 'PhaseOf', 'agents'];

/** @returns {readonly { readonly name: string, readonly types: string }[]} */
function typedEntries() {
  /** @type {unknown} */
  const made = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const { name, exports } =
    /** @type {{ readonly name: string, readonly exports: Readonly<Record<string, string | { readonly types?: string }>> }} */ (
      made
    );
  return Object.entries(exports).flatMap(([entry, target]) =>
    typeof target === 'object' && target.types !== undefined
      ? [{ name: entry === '.' ? name : entry.slice(2).replaceAll('/', '-'), types: target.types }]
      : [],
  );
}

/**
 * @param {{ readonly write: boolean }} how without `write`, a report that differs is wrong
 * @returns {Promise<string[]>} what is wrong, one line each
 */
export async function reportApi({ write }) {
  // Loading it takes a second.
  const { CompilerState, Extractor, ExtractorConfig } = await import('@microsoft/api-extractor');
  const scratch = mkdtempSync(join(tmpdir(), 'avatarkit-api-'));
  mkdirSync(join(scratch, 'made'));
  const configs = ENTRIES.map(({ name, types }) =>
    ExtractorConfig.prepare({
      configObject: {
        projectFolder: ROOT,
        mainEntryPointFilePath: join(ROOT, types),
        // `npm run build` and test/types check the declarations: another check of them here would take half of the time.
        compiler: {
          overrideTsconfig: { extends: './tsconfig.build.json', compilerOptions: { skipLibCheck: true } },
        },
        apiReport: {
          enabled: true,
          reportFileName: `${name}.api.md`,
          reportFolder: join(scratch, 'made'),
          reportTempFolder: scratch,
        },
        newlineKind: 'lf',
      },
      configObjectFullPath: undefined,
      packageJsonFullPath: join(ROOT, 'package.json'),
    }),
  );
  const [first] = configs;
  if (first === undefined) throw new Error('package.json exports no types');
  try {
    const compilerState = CompilerState.create(first, {
      additionalEntryPoints: ENTRIES.map(({ types }) => join(ROOT, types)),
    });
    /** @type {string[]} */
    const wrong = [];
    /** @type {{ readonly name: string, readonly text: string }[]} */
    const unexported = [];
    for (const [index, config] of configs.entries()) {
      const { name = '' } = ENTRIES[index] ?? {};
      Extractor.invoke(config, {
        compilerState,
        localBuild: true,
        messageCallback: (message) => {
          message.handled = true;
          if (message.messageId !== 'ae-forgotten-export') return;
          if (!UNNAMED.some((unnamed) => message.text.includes(`"${unnamed}"`)))
            unexported.push({ name, text: message.text });
        },
      });
      const report = `${REPORTS}/${name}.api.md`;
      const file = join(ROOT, report);
      const made = readFileSync(join(scratch, 'made', `${name}.api.md`), 'utf8');
      if (write) writeFileSync(file, made);
      else if (!existsSync(file) || readFileSync(file, 'utf8') !== made)
        wrong.push(`${report} differs from what the package exports: run npm run api`);
    }
    // What the package's own entry exports can be imported from there.
    const main = readFileSync(join(scratch, 'made', `${ENTRIES[0]?.name}.api.md`), 'utf8');
    for (const { name, text } of unexported) {
      // One whose name the entry has, too, gets a number.
      const symbol = /"(\w+?)(?:_\d+)?"/.exec(text)?.[1] ?? '';
      if (!new RegExp(`^export (?:abstract )?(?:class|interface|type) ${symbol}\\b`, 'm').test(main))
        wrong.push(`${name}: ${text}`);
    }
    return wrong;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** A digest of all that the reports are made from, and of the reports. */
export function apiDigest() {
  const digest = createHash('sha256');
  const declarations = readdirSync(join(ROOT, 'dist'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.d.ts'))
    .map((file) => join('dist', file));
  const reports = readdirSync(join(ROOT, REPORTS)).map((file) => join(REPORTS, file));
  for (const file of [...declarations, ...reports, 'test/loop/api-report.mjs'].sort())
    digest.update(`${file}\0${readFileSync(join(ROOT, file), 'utf8')}\0`);
  return digest.digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const wrong = await reportApi({ write: true });
  for (const line of wrong) process.stdout.write(`${line}\n`);
  process.exitCode = wrong.length === 0 ? 0 : 1;
}
