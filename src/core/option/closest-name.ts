/** Which known name was probably meant by an unknown one. */

/** Longer names are no slips of the hand, and comparing takes time with the square of the length. */
const MAX_NAME_CHARACTERS = 40;
/** A name that is part of another one counts as close from this length on: `room` for `roomName`. */
const MIN_PART_CHARACTERS = 3;

/** Undefined where no known name is close: at most a third of the characters differ, or one name contains the other. */
export function closestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > MAX_NAME_CHARACTERS) return undefined;
  const given = plain(name);
  let closest: string | undefined;
  let least = Math.floor(given.length / 3) + 1;
  for (const candidate of known) {
    const edits = distance(given, plain(candidate));
    if (edits >= least) continue;
    least = edits;
    closest = candidate;
  }
  return closest ?? known.find((candidate) => contains(given, plain(candidate)));
}

/** `API_key` and `api-key` are spellings of `apiKey`. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_\s-]/g, '');
}

function contains(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.length >= MIN_PART_CHARACTERS && long.includes(short);
}

/** Insertions, deletions and replacements (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 0; i < from.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < to.length; j += 1) {
      const replaced = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
