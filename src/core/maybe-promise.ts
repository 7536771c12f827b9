/**
 * A value, or a promise of it if something must be waited for.
 *
 * @category Sign and verify
 */
export type MaybePromise<T> = T | Promise<T>;

/**
 * Whether a value has a method `then`. A promise of another realm is not an instance of this realm's `Promise`.
 */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}

/**
 * Goes on with a value at once, and with a promised value when it comes. A step that every accepted request takes
 * writes this out instead: `next` would be a new function for each request.
 */
export function whenReady<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  // Promise.resolve() gives a promise of this realm, which has `catch` and `finally`.
  return isPromise(value) ? Promise.resolve(value).then(next) : next(value);
}
