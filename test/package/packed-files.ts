/** The content of the tarball that `npm pack` makes: the files with their sizes. Has no rules about them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT } from '../source-imports.js';

export interface PackedFile {
  readonly path: string;
  readonly size: number;
}

export interface Packed {
  /** The size of the tarball, in bytes. */
  readonly size: number;
  /** The total size of the files in it, in bytes. */
  readonly unpackedSize: number;
  readonly files: readonly PackedFile[];
}

/**
 * Lists what would be packed, without packing it. Runs no script of the package and makes no request to the
 * registry.
 */
export function packedFiles(): Packed {
  const cache = mkdtempSync(join(tmpdir(), 'avatarkit-pack-'));
  try {
    const out = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline'], {
      cwd: PROJECT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, npm_config_cache: cache, npm_config_update_notifier: 'false' },
      maxBuffer: 16 * 1_024 * 1_024,
    });
    const [packed] = JSON.parse(out) as [Packed];
    return packed;
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}
