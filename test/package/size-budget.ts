/**
 * The size limits of the package: one for each part, and one for the whole. A commit that raises a number
 * gives the reason.
 */
import type { Packed } from './packed-files.js';

export interface Budget {
  readonly part: string;
  /** The paths of this part. A file belongs to the first part that matches. */
  readonly paths: RegExp;
  readonly maxFiles: number;
  readonly maxBytes: number;
}

const KIB = 1_024;

export const PARTS: readonly Budget[] = [
  { part: 'types', paths: /^dist\/.*\.d\.ts$/, maxFiles: 400, maxBytes: 960 * KIB },
  { part: 'page of the inspector', paths: /^dist\/inspector\/page\//, maxFiles: 4, maxBytes: 128 * KIB },
  { part: 'code', paths: /^dist\/.*\.js$/, maxFiles: 400, maxBytes: 1_408 * KIB },
  // The maps contain the sources.
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

/** The size of each part, and the files that belong to no part. */
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
