/**
 * Packages that this one needs only for some of its entries, and that the application installs. Must not know what they are used for.
 */
// As a namespace: the usual banner of a bundle that esbuild makes declares the name `createRequire`.
import * as modules from 'node:module';

export interface PeerPackage {
  /** What needs it: `avatarkit-session/livekit`. */
  readonly entry: string;
  readonly name: string;
  /** What is to be installed; by default the package alone. */
  readonly install?: string;
}

/** @throws Error naming the command that installs it, where it can't be loaded */
export async function loadPeer<Peer>(peer: PeerPackage, load: () => Promise<Peer>): Promise<Peer> {
  return await load().catch((cause: unknown) => {
    throw missing(peer, cause);
  });
}

/**
 * Synchronous, for an entry that CommonJS requires: `require()` refuses a module that awaits at its top
 * level. A bundler leaves the package outside of its bundle.
 * @throws Error naming the command that installs it, where it can't be loaded
 */
export function requirePeer(peer: PeerPackage): unknown {
  // Of a bundle in the form of CommonJS it is not known.
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
