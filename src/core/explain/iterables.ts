/** The first items, at most `most`. */
export function* first<T>(most: number, items: Iterable<T>): Iterable<T> {
  let count = 0;
  for (const item of items) {
    yield item;
    if (++count >= most) return;
  }
}

/** One item of each list in turn, until all lists are at their ends. */
export function* alternately<T>(...lists: readonly Iterable<T>[]): Iterable<T> {
  let iterators = lists.map((list) => list[Symbol.iterator]());
  while (iterators.length > 0) {
    const results = iterators.map((iterator) => iterator.next());
    for (const result of results) if (!result.done) yield result.value;
    iterators = iterators.filter((_, at) => !results[at]!.done);
  }
}
