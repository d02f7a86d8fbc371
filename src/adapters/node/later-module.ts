/**
 * A part of this package that is loaded after the entry: its imports take as long to load as everything else, and only a dial needs it.
 * Must not know what the part does.
 */

/** Rejected with if a part can't be loaded: a package that it imports is missing or broken. Each later use rejects in the same way. */
export class ModuleNotLoadedError extends Error {
  override readonly name = 'ModuleNotLoadedError';
  readonly code = 'ERR_MODULE_NOT_LOADED';
}

export class LaterModule<Module> {
  readonly #loaded: Promise<Module>;
  #module: Module | undefined;

  /**
   * @param what names it in the message of an error
   * @param imported the module, which is being loaded
   */
  constructor(what: string, imported: Promise<Module>) {
    this.#loaded = imported.then(
      (module) => (this.#module = module),
      (cause: unknown) => {
        const why = cause instanceof Error ? cause.message : 'no Error was thrown';
        throw new ModuleNotLoadedError(`${what} could not be loaded: ${why}`, { cause });
      },
    );
    // Each use reports the rejection.
    this.#loaded.catch(() => undefined);
  }

  /** Undefined once it is loaded. Rejects with ModuleNotLoadedError. */
  get loading(): Promise<unknown> | undefined {
    return this.#module === undefined ? this.#loaded : undefined;
  }

  /** Calls `call` with the module: at once if it is loaded. Rejects as `call` does, or with ModuleNotLoadedError. */
  use<Result>(call: (module: Module) => Promise<Result>): Promise<Result> {
    return this.#module === undefined ? this.#loaded.then(call) : call(this.#module);
  }
}
