import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Allows the imports of some files to go only where `allowed` matches; bare package names and `./` always may. */
const importsOnly = (files, allowed, message, ignores = []) => ({
  files,
  ignores,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: `^\\.\\./(?!${allowed})`, message }] }] },
});

/** What ships, and what runs it: packaging, the image, the functions, the service. */
const SHIPPED = '(packaging|docker|lambda|service)/';
const DOWN =
  'Imports go down: an option imports itself, lib/shared, lib/options, and what ships (docs/architecture.md).';

export default tseslint.config(
  { ignores: ['cdk.out/', 'bundle/', '.cache/', '**/node_modules/', 'lambda/frameworks/*/dist/', 'beanstalk/'] },
  js.configs.recommended,
  {
    // Without their types, which are of packages that only npm run frameworks installs; their own tests check those.
    files: ['lambda/frameworks/**/*.{ts,mts}'],
    extends: [...tseslint.configs.strict, ...tseslint.configs.stylistic],
    rules: {
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: ['lambda/frameworks/**'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // A construct is made for its effect on the tree; stacks are classes with a constructor only.
      'no-new': 'off',
      '@typescript-eslint/no-extraneous-class': ['error', { allowConstructorOnly: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  importsOnly(['lib/*/*.ts'], `(options|shared)/|\\.\\./${SHIPPED}`, DOWN, ['lib/options/*.ts']),
  importsOnly(['lib/ecs/*/*.ts'], `[\\w-]+$|\\.\\./(options|shared)/|\\.\\./\\.\\./${SHIPPED}`, DOWN),
  importsOnly(['lib/options/*.ts'], '$', 'The engine of options knows no option and no stack.'),
  importsOnly(['service/*.ts'], 'package\\.json$', 'The service knows nothing of where it runs.'),
  importsOnly(['packaging/*.ts', 'docker/*.ts'], SHIPPED, 'What ships knows nothing of the stacks that ship it.'),
  {
    files: ['lambda/**/*.{ts,mts}'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [{ regex: '/(lib|tools|contract)/', message: 'A function imports nothing of the stack it is in.' }],
        },
      ],
    },
  },
  {
    files: ['bin/**/*.ts', 'tools/**/*.ts', 'contract/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(\\.\\./)+test/', message: 'Only tests import from test/.' }] },
      ],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    rules: { 'no-unused-vars': ['error', { varsIgnorePattern: '^_' }] },
    languageOptions: { globals: { module: 'writable', require: 'readonly', process: 'readonly', console: 'readonly' } },
  },
);
