import { isPromise, type MaybePromise } from './maybe-promise.js';
import { messageOf } from './refusal.js';

/** Seconds that the application's own code may take to answer: a key look-up, a replay store. */
export const LONGEST_WAIT = 5;

/** A question to code that is not ours. */
export interface Question<T> {
  /** The name of the code that is asked, for the reason. */
  readonly name: string;
  readonly ask: () => unknown;
  /** Reads the answer. If it throws, the question has failed. */
  readonly read: (answer: unknown) => T;
  /** Gives the result of a failed question. The reason is for the log. */
  readonly fail: (reason: string) => T;
  /** Seconds to wait for the answer. Default: {@link LONGEST_WAIT}. */
  readonly seconds?: number;
}

class TimeoutError extends Error {}

/**
 * Asks the application's code. It returns a value if the answer comes at once, else a promise. The promise is settled
 * in time, whatever the application does. Throws, or rejects, only if `fail` throws.
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
