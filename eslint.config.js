import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Browsers load these very files: see .dependency-cruiser.json, which checks the directions of imports too. */
const IN_BROWSERS = [
  'src/core/scheme/canonical-request.ts',
  'src/core/scheme/wire-text.ts',
  'src/core/curl-command.ts',
  'src/core/refusal-remedies.ts',
];

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'test/package/consumers/starter/']),
  eslint.configs.recommended,
  {
    files: ['**/*.{ts,cts}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: 'tsconfig.lint.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // Nest's modules are classes with nothing in them, and its options classes that nobody makes an instance of.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // `IncomingMessage.aborted`: nothing else tells an HTTP/2 request that was cut short from a whole one.
      '@typescript-eslint/no-deprecated': ['error', { allow: ['aborted'] }],
      // With noUncheckedIndexedAccess, `!` is how one says that an index is in range.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Header bytes are what this package is about.
      'no-control-regex': 'off',
    },
  },
  {
    // Nowhere else: where Nest injects by type, an import turned into `import type` leaves nothing to inject.
    files: ['src/core/**'],
    rules: { '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }] },
  },
  {
    // Matchers are `any`, verdicts may be promises, and users, whose part tests play, throw what they like.
    files: ['test/**'],
    rules: {
      '@typescript-eslint/await-thenable': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },

  // Scripts of the signing page: the type check knows what browsers have.
  { files: ['src/signer-page/page/**/*.js'], rules: { 'no-undef': 'off', 'no-control-regex': 'off' } },

  { files: IN_BROWSERS, rules: { 'no-restricted-globals': ['error', 'Buffer', 'process', 'global'] } },
  {
    files: ['src/**'],
    rules: { 'no-restricted-syntax': ['error', 'TSImportType', 'TSImportEqualsDeclaration'] },
  },
  {
    files: ['sample-app/**', 'examples/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^\\.(?=.*/(src|dist)/)', message: "Here: 'nestjs-apig-signature', as users import it." },
          ],
        },
      ],
    },
  },
);
