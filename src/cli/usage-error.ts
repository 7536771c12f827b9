/** The error for a mistyped command: one line that says what is wrong and what is right. The program exits with 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
