/** The most changes of one character after which a name is still recognised. */
const MOST_CHANGES = 2;

/** The name that a mistyped name was meant to be. Returns nothing if no name is near. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, changes: changesBetween(typed, name) }))
    .filter(({ name, changes }) => changes <= MOST_CHANGES && changes < name.length / 2)
    .sort((a, b) => a.changes - b.changes);
  return best?.name;
}

/** How many characters must be added, removed or replaced to make one text of another. */
function changesBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [at, character] of Array.from(from.slice(0, 64)).entries()) {
    const next = [at + 1];
    for (let column = 1; column <= to.length; column++) {
      const replaced = row[column - 1]! + (to[column - 1] === character ? 0 : 1);
      next.push(Math.min(replaced, row[column]! + 1, next[column - 1]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
