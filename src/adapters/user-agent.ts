/** How requests name the one who sends them: firewalls refuse a request that does not. */

/** Version of this package; a test compares it with package.json. */
export const PACKAGE_VERSION = '0.1.0';

/** `avatarkit-session/VERSION node/VERSION`. */
export const DEFAULT_USER_AGENT = `avatarkit-session/${PACKAGE_VERSION} node/${process.versions.node}`;
