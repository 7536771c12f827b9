/** What the mutations of each layer have in common; all that comes of them lies in coverage/mutation. */
export const shared = (layer) => ({
  testRunner: 'vitest',
  reporters: ['clear-text', 'progress', 'html', 'json'],
  clearTextReporter: { allowEmojis: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: `coverage/mutation/${layer}.html` },
  jsonReporter: { fileName: `coverage/mutation/${layer}.json` },
  // Only what has changed since is mutated again.
  incremental: true,
  incrementalFile: `coverage/mutation/${layer}.incremental.json`,
  tempDirName: 'coverage/mutation/sandbox',
  ignorePatterns: ['dist', 'sample-app', 'test/mutation/node_modules', 'test/package'],
  concurrency: 2,
  timeoutMS: 30_000,
  dryRunTimeoutMinutes: 30,
});
