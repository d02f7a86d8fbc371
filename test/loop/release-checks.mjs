// @ts-check
/** Whether a version may be published, as a table of checks on what is known of the clone. Runs nothing and reads nothing. */

/**
 * @typedef {object} Clone
 * @property {string} version of package.json
 * @property {string} repository its address
 * @property {string} lockVersion the version in package-lock.json
 * @property {string} changelog the text of CHANGELOG.md
 * @property {string} readme the text of README.md
 * @property {readonly string[]} changed files that differ from the last commit, those that git doesn't know included
 * @property {string} head the last commit
 * @property {readonly { readonly name: string, readonly commit: string }[]} tags
 */

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {string | undefined} problem undefined where all is right
 */

const VERSION = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;
const HEADING = /^## \[([^\]]+)\] - (.+)$/m;

/** @param {string} version */
export const tagOf = (version) => `v${version}`;

/**
 * The name under which npm offers a version: `latest`, or for `1.0.0-beta.2` the word `beta`.
 *
 * @param {string} version
 */
export function channelOf(version) {
  const [, word] = /-([A-Za-z]+)/.exec(version) ?? [];
  return word ?? (version.includes('-') ? 'next' : 'latest');
}

/**
 * What CHANGELOG.md says of its first version, without the heading.
 *
 * @param {string} changelog
 */
export function notesOf(changelog) {
  return (changelog.split(/^## .*$/m)[1] ?? '').trim();
}

/**
 * Every check, those that are right included.
 *
 * @param {Clone} clone
 * @param {'tag' | 'publish'} goal to publish, the tag must be there and name the last commit; to tag, it must not
 * @returns {Check[]}
 */
export function releaseChecks(clone, goal) {
  const { version, changed, changelog, repository, readme } = clone;
  const [, heading = 'no version', date = ''] = HEADING.exec(changelog) ?? [];
  const tag = clone.tags.find(({ name }) => name === tagOf(version));
  /** @type {readonly [string, boolean, string][]} */
  const rows = [
    ['the version is one', VERSION.test(version), `package.json: ${version} is no semantic version`],
    [
      'the lock file has it',
      clone.lockVersion === version,
      `package-lock.json has ${clone.lockVersion}, package.json ${version}`,
    ],
    [
      'CHANGELOG.md begins with it',
      heading === version,
      `CHANGELOG.md begins with ${heading}, package.json has ${version}`,
    ],
    [
      'CHANGELOG.md has its date',
      /^\d{4}-\d{2}-\d{2}$/.test(date),
      `write the date of the release into CHANGELOG.md: ## [${version}] - YYYY-MM-DD`,
    ],
    ['CHANGELOG.md says what is new', notesOf(changelog) !== '', `CHANGELOG.md says nothing of ${version}`],
    [
      'the tree is clean',
      changed.length === 0,
      `commit or remove: ${changed.slice(0, 5).join(', ')}${changed.length > 5 ? ` and ${changed.length - 5} more` : ''}`,
    ],
    [
      'the repository has an address',
      !repository.includes('HOST/PATH'),
      'repository, homepage and bugs of package.json, and README.md, have a placeholder (HOST/PATH)',
    ],
    [
      'README.md does not say that it is unpublished',
      !readme.includes('not on the npm registry yet'),
      'README.md and docs/getting-started.md say "not on the npm registry yet"',
    ],
    goal === 'tag'
      ? ['the tag is free', tag === undefined, `${tagOf(version)} exists: raise the version`]
      : [
          'the tag names the last commit',
          tag?.commit === clone.head,
          tag === undefined
            ? `there is no ${tagOf(version)}: npm run release makes it`
            : `${tagOf(version)} names another commit than the one that is checked out`,
        ],
  ];
  return rows.map(([name, right, problem]) => ({ name, problem: right ? undefined : problem }));
}
