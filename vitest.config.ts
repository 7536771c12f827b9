import { defineConfig } from 'vitest/config';

/** What is built runs as the ES modules that it is, untouched by Vite. */
const server = { deps: { external: [/\/dist\//] } };

/** `--mode install-programs`: system tests install what they miss. In every other mode they fail, and say what it is. */
export default defineConfig(({ mode }) => ({
  test: {
    projects: [
      // Needs nothing but Node, and no build.
      {
        extends: true,
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['**/node_modules/**', '**/*.system.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'system',
          server,
          include: ['test/**/*.system.test.ts'],
          exclude: ['**/node_modules/**'],
          globalSetup: mode === 'install-programs' ? ['test/support/install-programs.ts'] : [],
        },
      },
      // As Nest users write them, for Jest: without an import of describe, it and expect.
      { extends: true, test: { name: 'sample', server, include: ['sample-app/**/*.spec.ts'], globals: true } },
    ],
    coverage: { include: ['src/**'], reporter: ['text-summary', 'html'] },
    // More than cores: many tests wait for other processes most of their time.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
  },
}));
