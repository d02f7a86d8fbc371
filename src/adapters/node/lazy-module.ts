/**
 * A part of this package that is loaded with the first dial: to load what it imports takes as long as to load all the rest, and only a dial
 * needs it. Must not know what the part does.
 */
import { requireLoadablePrototype } from './polluted-prototype.js';

/** A part of this package can't be loaded: a package that it imports is missing or broken. Node does not repeat a failed import. */
export class ModuleNotLoadedError extends Error {
  override readonly name = 'ModuleNotLoadedError';
  readonly code = 'ERR_MODULE_NOT_LOADED';
}

/** One part after the other: two imports at once that need the same module fail in the ES modules of Jest. */
let before: Promise<unknown> = Promise.resolve();

export class LazyModule<Module> {
  readonly #what: string;
  readonly #import: () => Promise<Module>;
  #loading: Promise<Module> | undefined;
  #module: Module | undefined;

  /** @param what names it in the message of an error */
  constructor(what: string, importModule: () => Promise<Module>) {
    this.#what = what;
    this.#import = importModule;
  }

  /**
   * Loads it; undefined where it is loaded. Rejects with ModuleNotLoadedError, or with an error of code ERR_POLLUTED_PROTOTYPE: then the next
   * call tries again.
   */
  load(): Promise<unknown> | undefined {
    return this.#module === undefined ? this.#load() : undefined;
  }

  /** Calls with the module: at once where it is loaded. Rejects as the call does, or as `load`. */
  use<Result>(call: (module: Module) => Promise<Result>): Promise<Result> {
    return this.#module === undefined ? this.#load().then(call) : call(this.#module);
  }

  async #load(): Promise<Module> {
    if (this.#loading === undefined) {
      requireLoadablePrototype();
      this.#loading = before.then(this.#import);
      before = this.#loading.catch(() => undefined);
    }
    try {
      this.#module = await this.#loading;
      return this.#module;
    } catch (cause) {
      throw new ModuleNotLoadedError(`${this.#what} could not be loaded: ${textOf(cause)}`, { cause });
    }
  }
}

function textOf(cause: unknown): string {
  if (cause instanceof Error) return cause.message;
  return typeof cause === 'string' ? cause : 'it threw no Error';
}
