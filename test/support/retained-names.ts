import { onTestFinished } from 'vitest';

/**
 * Watches, until the test is over, every Map and Set that such a name is put into, whosever they are. Gives back a
 * function that counts the names that are in one still.
 */
export function watchNames(isWatched: (name: string) => boolean): () => number {
  const holders = new Set<ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>>();
  /* eslint-disable @typescript-eslint/unbound-method -- called on the very Map or Set below */
  const { set } = Map.prototype;
  const { add } = Set.prototype;
  /* eslint-enable @typescript-eslint/unbound-method */
  const isName = (key: unknown) => typeof key === 'string' && isWatched(key);
  Map.prototype.set = function (key: unknown, value: unknown) {
    if (isName(key)) add.call(holders, this);
    return set.call(this, key, value);
  };
  Set.prototype.add = function (key: unknown) {
    if (isName(key)) add.call(holders, this);
    return add.call(this, key);
  };
  onTestFinished(() => {
    Map.prototype.set = set;
    Set.prototype.add = add;
  });
  return () => [...holders].reduce((sum, holder) => sum + [...holder.keys()].filter(isName).length, 0);
}
