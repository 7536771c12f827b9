/** Every object that a value leads to: lists, records, dates, errors. */
function objectsIn(value: unknown, found = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found;
  found.add(value);
  for (const key of Reflect.ownKeys(value)) objectsIn(Reflect.get(value, key), found);
  return found;
}

/** Changes all that can be changed of a value, as a careless or hostile user of the package might. */
export function poison(value: unknown): void {
  for (const object of objectsIn(value)) {
    if (object instanceof Date) object.setTime(0);
    for (const key of Reflect.ownKeys(object)) if (key !== 'length') Reflect.set(object, key, 'poisoned');
    Reflect.set(object, Array.isArray(object) ? object.length : 'poison', 'poisoned');
  }
}

/** A copy to compare with later. */
export function copyOf<T>(value: T): T {
  return structuredClone(value);
}
