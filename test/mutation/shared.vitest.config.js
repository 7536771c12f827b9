/** The tests of one layer alone. */
export const testsIn = (layer) => ({
  test: { include: [`test/${layer}/**/*.test.ts`], testTimeout: 30_000, hookTimeout: 60_000 },
});
