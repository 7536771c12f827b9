/** A command that was typed wrongly: one line that says what is wrong, and how it is meant. The program exits with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
