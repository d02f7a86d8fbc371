/**
 * A function that remembers its latest answer. The sessions of a process mostly have the same addresses and the same configuration, so
 * what is made of those is made once, and kept once. Knows nothing of what it keeps: secrets are for the caller to leave out.
 */

/**
 * As `make`, which is called again only where some argument is another one (`!==`) than in the call before. `make` must give the same for
 * the same arguments, and nobody may change what it gave. A call that throws is not remembered.
 */
export function keepLatest<Key extends readonly unknown[], Made>(
  make: (...key: Key) => Made,
): (...key: Key) => Made {
  let latest: { readonly key: Key; readonly made: Made } | undefined;
  return (...key) => {
    const kept = latest;
    if (kept?.key.every((part, index) => part === key[index]) === true) return kept.made;
    const made = make(...key);
    latest = { key, made };
    return made;
  };
}
