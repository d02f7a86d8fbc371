/** What the playground imports of packages that only the site installs; `buffer` has the types of Node's. */

declare module '@noble/hashes/hmac' {
  export function hmac(hash: unknown, key: Uint8Array, message: Uint8Array): Uint8Array;
}

declare module '@noble/hashes/sha256' {
  export function sha256(message: Uint8Array): Uint8Array;
}
