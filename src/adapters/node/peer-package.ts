/** Packages that only some entries of this package need, and that the application installs. Must not know what they are used for. */
// As a namespace: the usual banner of a bundle that esbuild makes declares the name `createRequire`.
import * as modules from 'node:module';

export interface PeerPackage {
  /** The entry that needs the package: `avatarkit-session/livekit`. */
  readonly entry: string;
  readonly name: string;
  /** The packages to install; by default this one alone. */
  readonly install?: string;
}

/** @throws Error with the command that installs the package, if it can't be loaded */
export async function loadPeer<Peer>(peer: PeerPackage, load: () => Promise<Peer>): Promise<Peer> {
  return await load().catch((cause: unknown) => {
    throw missing(peer, cause);
  });
}

/**
 * Synchronous, for an entry that CommonJS requires: `require()` refuses a module that awaits at its top
 * level. A bundler leaves the package outside of its bundle.
 * @throws Error with the command that installs the package, if it can't be loaded
 */
export function requirePeer(peer: PeerPackage): unknown {
  // Undefined in a bundle in the format of CommonJS.
  const here = import.meta.url as string | undefined;
  try {
    return modules.createRequire(here ?? `${process.cwd()}/`)(peer.name) as unknown;
  } catch (cause) {
    throw missing(peer, cause);
  }
}

function missing({ entry, name, install = name }: PeerPackage, cause: unknown): Error {
  return new Error(`${entry} needs the package ${name}: npm install ${install}`, { cause });
}
