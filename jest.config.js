/**
 * For tests that are written as users of Nest write theirs. Nest 12 consists of ES modules, which Jest runs under
 * `node --experimental-vm-modules`.
 */
export default {
  testMatch: ['<rootDir>/sample-app/**/*.spec.ts', '<rootDir>/test/e2e/**/*.e2e-spec.ts'],
  // A copy of the project that a test of the site makes: Jest would find two packages of one name.
  modulePathIgnorePatterns: ['<rootDir>/dist/site-of-tests/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '\\.ts$': ['ts-jest', { useESM: true }] },
};
