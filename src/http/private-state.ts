/** The part of a `WeakMap` that is needed: a value for each object, for as long as the object lives. */
export interface PrivateState<T> {
  get(object: object): T | undefined;
  set(object: object, value: T): void;
}

/** A constructor that makes nothing: the private fields of a class that extends it land on the object it is given. */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- to be extended
class PlacedOn {
  constructor(object: object) {
    return object;
  }
}

/**
 * Keeps each value on its object, in a private field. As with a WeakMap, no other code sees the value. A proxy, a copy,
 * or an object created from the object does not have the value. A WeakMap takes some 10 µs of each request,
 * most of that in the garbage collector.
 */
export function privateState<T>(): PrivateState<T> {
  return class WithValue extends PlacedOn {
    #value: T;

    constructor(object: object, value: T) {
      super(object);
      this.#value = value;
    }

    static get(object: object): T | undefined {
      return #value in object ? object.#value : undefined;
    }

    static set(object: object, value: T): void {
      if (#value in object) object.#value = value;
      else new WithValue(object, value);
    }
  };
}
