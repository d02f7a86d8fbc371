// @ts-check
/**
 * Which files the linter has found right. Rules read the types of imported files, so the key of a file is a digest of its text and
 * of the texts of all files that it imports, directly or indirectly, those of packages excluded: their versions are in the lockfile.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import ts from 'typescript';

export class LintCache {
  /** @type {string} */
  #path;
  /** @type {string} */
  #root;
  /** @type {Map<string, string>} */
  #right;
  /** @type {(file: string) => string} */
  #keyOf;

  /**
   * @param {string} path
   * @param {ts.Program} program
   * @param {string} root
   */
  constructor(path, program, root) {
    this.#path = path;
    this.#root = root;
    this.#right = new Map(Object.entries(read(path)));
    this.#keyOf = keysOf(program);
  }

  /** @param {string} file */
  has(file) {
    return this.#right.get(relative(this.#root, file)) === this.#keyOf(file);
  }

  /** @param {readonly string[]} files all that are right now */
  add(files) {
    const entries = files.map((file) => [relative(this.#root, file), this.#keyOf(file)]);
    writeFileSync(this.#path, JSON.stringify(Object.fromEntries(entries)));
  }
}

/**
 * @param {string} path
 * @returns {Record<string, string>}
 */
function read(path) {
  try {
    /** @type {unknown} */
    const found = JSON.parse(readFileSync(path, 'utf8'));
    return /** @type {Record<string, string>} */ (found);
  } catch {
    // Nothing has been linted yet, or the last run was cut off while it wrote.
    return {};
  }
}

/**
 * @param {ts.Program} program
 * @returns {(file: string) => string}
 */
function keysOf(program) {
  /** @type {Map<string, string>} */
  const digests = new Map();
  /** @type {Map<string, readonly string[]>} */
  const imports = new Map();
  const isOwn = (/** @type {string} */ name) => !name.includes('/node_modules/');
  for (const source of program.getSourceFiles()) {
    if (!isOwn(source.fileName)) continue;
    digests.set(source.fileName, digest([source.text]));
    const found = ts
      .preProcessFile(source.text, true, true)
      .importedFiles.map(({ fileName }) => fileName)
      .flatMap((name) => resolved(program, source, name) ?? []);
    imports.set(source.fileName, found.filter(isOwn));
  }
  return (file) => {
    const reached = new Set([file]);
    for (const one of reached) for (const next of imports.get(one) ?? []) reached.add(next);
    return digest([...reached].sort().map((one) => `${one} ${digests.get(one) ?? ''}`));
  };
}

/**
 * @param {ts.Program} program
 * @param {ts.SourceFile} from
 * @param {string} name
 * @returns {string | undefined}
 */
function resolved(program, from, name) {
  const options = program.getCompilerOptions();
  const mode = ts.getImpliedNodeFormatForFile(
    /** @type {ts.Path} */ (from.fileName),
    undefined,
    ts.sys,
    options,
  );
  return ts.resolveModuleName(name, from.fileName, options, ts.sys, undefined, undefined, mode).resolvedModule
    ?.resolvedFileName;
}

/** @param {readonly string[]} texts */
function digest(texts) {
  return createHash('sha256').update(texts.join('\0')).digest('base64');
}
