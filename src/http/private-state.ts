/** Keeps a value for each object, for as long as the object lives: what of a `WeakMap` we need. */
export interface PrivateState<T> {
  get(object: object): T | undefined;
  set(object: object, value: T): void;
}

/** A constructor that makes nothing: the private fields of a class that extends it land on the object it is given. */
// eslint-disable-next-line @typescript-eslint/no-extraneous-class -- to be extended
class Onto {
  constructor(object: object) {
    return object;
  }
}

/**
 * A memory that keeps each value on its object, in a private field: nobody else sees it, and no proxy, copy or heir of the
 * object has it, as with a WeakMap. One of those takes some 10 µs of each request, mostly of the garbage collector.
 */
export function privateState<T>(): PrivateState<T> {
  return class Remembered extends Onto {
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
      else new Remembered(object, value);
    }
  };
}
