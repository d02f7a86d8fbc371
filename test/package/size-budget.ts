/** How large the package may be, as a table: each part of it, and the whole. A number is raised with the reason in the same commit. */
import type { Packed } from './packed-files.js';

export interface Budget {
  readonly part: string;
  /** Which paths belong to it; a file belongs to the first part that it fits. */
  readonly paths: RegExp;
  readonly maxFiles: number;
  readonly maxBytes: number;
}

const KIB = 1_024;

export const PARTS: readonly Budget[] = [
  { part: 'types', paths: /^dist\/.*\.d\.ts$/, maxFiles: 400, maxBytes: 960 * KIB },
  { part: 'page of the inspector', paths: /^dist\/inspector\/page\//, maxFiles: 4, maxBytes: 128 * KIB },
  { part: 'code', paths: /^dist\/.*\.js$/, maxFiles: 400, maxBytes: 1_408 * KIB },
  // With the sources in them.
  { part: 'source maps', paths: /^dist\/.*\.js\.map$/, maxFiles: 30, maxBytes: 3_328 * KIB },
  { part: 'schemas', paths: /^dist\/.*\.json$/, maxFiles: 4, maxBytes: 96 * KIB },
  { part: 'pictures', paths: /\.(?:png|svg)$/, maxFiles: 20, maxBytes: 768 * KIB },
  { part: 'conformance kit', paths: /^test\/conformance\//, maxFiles: 60, maxBytes: 1_024 * KIB },
  { part: 'examples', paths: /^examples\//, maxFiles: 40, maxBytes: 400 * KIB },
  { part: 'documents', paths: /\.(?:md|json|yaml|proto)$|^LICENSE$/, maxFiles: 96, maxBytes: 640 * KIB },
];

export const WHOLE = { maxFiles: 940, maxBytes: 8_192 * KIB, maxPackedBytes: 2_560 * KIB } as const;

export interface PartSize {
  readonly part: string;
  readonly files: number;
  readonly bytes: number;
}

/** The size of each part, and what belongs to none. */
export function sizesOf(packed: Packed): { readonly parts: PartSize[]; readonly unknown: string[] } {
  const owner = (path: string): Budget | undefined => PARTS.find(({ paths }) => paths.test(path));
  const parts = PARTS.map((budget) => {
    const files = packed.files.filter(({ path }) => owner(path) === budget);
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    return { part: budget.part, files: files.length, bytes };
  });
  const unknown = packed.files.map(({ path }) => path).filter((path) => owner(path) === undefined);
  return { parts, unknown };
}
