/**
 * Packages that this one needs only for some of its entries, and that the application installs. Must not know what they are used for.
 */

export interface PeerPackage {
  /** What needs it: `avatarkit-session/livekit`. */
  readonly entry: string;
  readonly name: string;
  /** What is to be installed; by default the package alone. */
  readonly install?: string;
}

/** @throws Error naming the command that installs it, where it can't be loaded */
export async function loadPeer<Peer>(
  { entry, name, install = name }: PeerPackage,
  load: () => Promise<Peer>,
): Promise<Peer> {
  return await load().catch((cause: unknown) => {
    throw new Error(`${entry} needs the package ${name}: npm install ${install}`, { cause });
  });
}
