// @ts-check
/**
 * The options that bundlers need beside input and output. The proof uses these options, and the table of
 * docs/bundlers.md is generated from `ROWS`.
 */

export const OPTIONS = {
  esbuild: { platform: /** @type {const} */ ('node') },
  /** An ES module has no `require`, but `ws` calls it. */
  banner: `import { createRequire } from 'module'; const require = createRequire(import.meta.url);`,
  nodeResolve: { exportConditions: ['node'] },
  commonjs: { ignoreDynamicRequires: true },
  rolldown: { platform: /** @type {const} */ ('node') },
  webpack: { target: 'node20' },
  vite: { noExternal: /** @type {const} */ (true) },
  next: { serverExternalPackages: ['avatarkit-session'] },
};

/**
 * Packages that `ws` and this package load only if they are installed. In this repository, `bufferutil` is.
 */
export const OPTIONAL = [
  'bufferutil',
  'utf-8-validate',
  '@evan/opus',
  '@echogarden/speex-resampler-wasm/simd',
];

/**
 * Options in the form of a configuration file.
 *
 * @param {object} options
 * @param {string} [of] the object that they are members of
 */
const code = (options, of = '') =>
  Object.entries(options)
    .map(([name, value]) => `\`${of}${name}: ${literal(value)}\``)
    .join(', ');

/** @param {unknown} value @returns {string} */
function literal(value) {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  return typeof value === 'string' ? `'${value}'` : String(value);
}

/**
 * A row of the table, and the programs of the proof that show it. `of` is the package whose major version the row names.
 *
 * @type {readonly { readonly name: string, readonly of?: string, readonly needs: string, readonly programs: readonly string[] }[]}
 */
export const ROWS = [
  {
    name: 'esbuild, CommonJS',
    needs: code(OPTIONS.esbuild),
    programs: ['esbuild to CommonJS, optional packages external'],
  },
  {
    name: 'esbuild, ES modules',
    needs: `the same, and the usual banner, because \`ws\` calls \`require\`: \`${OPTIONS.banner}\`. Without it: \`Dynamic require of "events" is not supported\``,
    programs: ['esbuild to an ES module'],
  },
  {
    name: 'rollup',
    needs: `\`@rollup/plugin-node-resolve\` with ${code(OPTIONS.nodeResolve)}, and \`@rollup/plugin-commonjs\` with ${code(OPTIONS.commonjs)}`,
    programs: ['rollup with node-resolve and commonjs'],
  },
  {
    name: 'rolldown',
    needs: code(OPTIONS.rolldown),
    programs: ['rolldown to an ES module', 'rolldown to CommonJS'],
  },
  { name: 'webpack', of: 'webpack', needs: code(OPTIONS.webpack), programs: ['webpack for Node'] },
  {
    name: 'vite, a build for a server',
    needs: `nothing; ${code(OPTIONS.vite, 'ssr.')} puts the packages into the bundle`,
    programs: ['vite, a build for a server'],
  },
  { name: '`bun build --compile`', needs: 'nothing', programs: ['bun build --compile'] },
  {
    name: 'Next.js, a route handler',
    of: 'next',
    needs: `nothing; ${code(OPTIONS.next)} leaves the package outside of the bundle`,
    programs: ['Next.js, a route handler', 'Next.js, with serverExternalPackages'],
  },
  {
    name: 'vitest',
    of: 'vitest',
    needs: 'nothing; its limit of 5 s is short for a test that speaks',
    programs: ['vitest', 'vitest, pool vmThreads'],
  },
  {
    name: 'Jest',
    of: 'jest',
    needs: 'one of two ways, below',
    programs: ['jest, ES modules', 'jest, CommonJS by @swc/jest'],
  },
];
