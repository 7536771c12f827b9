import { isPromise, type MaybePromise } from './maybe-promise.js';
import { messageOf } from './refusal.js';

/** Seconds that code of the application's own may take to answer: a key look-up, a replay store. */
export const LONGEST_WAIT = 5;

/** A question to code that is not ours. */
export interface Question<T> {
  /** What a reason calls the one who is asked. */
  readonly name: string;
  readonly ask: () => unknown;
  /** Makes something of the answer; what it throws counts as a failure. */
  readonly read: (answer: unknown) => T;
  /** Stands in for an answer; the reason is for the log. */
  readonly fail: (reason: string) => T;
  /** Not set: {@link LONGEST_WAIT}. */
  readonly seconds?: number;
}

class TimeoutError extends Error {}

/**
 * Asks code of an application. An answer at once gives a value. A promised answer gives a promise, which is settled in
 * time whatever the application does. Throws, or rejects, only if `fail` throws.
 */
export function answerTo<T>({ name, ask, read, fail, seconds = LONGEST_WAIT }: Question<T>): MaybePromise<T> {
  const reasonFor = (problem: unknown) =>
    problem instanceof TimeoutError
      ? `${name} gave no answer in ${seconds} s`
      : `${name} failed: ${messageOf(problem)}`;
  try {
    const answer = ask();
    if (!isPromise(answer)) return read(answer);
    return inTime(answer, seconds)
      .then(read)
      .catch((problem: unknown) => fail(reasonFor(problem)));
  } catch (problem) {
    return fail(reasonFor(problem));
  }
}

async function inTime(answer: PromiseLike<unknown>, seconds: number): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TimeoutError()), seconds * 1000);
  });
  try {
    return await Promise.race([answer, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
