/** A value, or a promise of one where something must be waited for. */
export type MaybePromise<T> = T | Promise<T>;

/** Goes on with a value at once, with a promised one when it comes. */
export function whenReady<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
