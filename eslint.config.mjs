import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';
import { roomsRule } from './test/house/rooms.mjs';

const root = import.meta.dirname;

const pure = 'The domain has no clock, no chance and no outside: take it as an argument.';
const impureGlobals = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
  ...['performance', 'process', 'crypto', 'fetch', 'console', 'globalThis'],
];
const defaultExport = {
  selector: 'ExportDefaultDeclaration',
  message: 'Export by name, so that a thing is called the same everywhere.',
};

const globalsOfNode = [
  ...['process', 'console', 'fetch', 'URL', 'Buffer', 'AbortSignal', 'AbortController'],
  ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'performance'],
];

export default tseslint.config(
  { ignores: ['node_modules/', '.cache/', '.seatrial/', 'reports/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: Object.fromEntries(globalsOfNode.map((name) => [name, 'readonly'])) },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    rules: {
      'no-undef': 'off', // the compiler knows better
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      // Our ports are objects of functions without `this`.
      '@typescript-eslint/unbound-method': 'off',
      // A function that must answer with a promise may have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // What was caught elsewhere is thrown on as it is.
      '@typescript-eslint/only-throw-error': 'off',
      // Says where a value's type is known better than the compiler guesses.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      // What was thrown may be anything, and saying so as well as one can is right.
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowNever: true }],
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.{ts,mjs}'],
    ignores: ['*.config.*'],
    plugins: { house: { rules: { rooms: roomsRule } } },
    rules: { 'house/rooms': ['error', root], 'no-restricted-syntax': ['error', defaultExport] },
  },
  {
    files: ['domain/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals.map((name) => ({ name, message: pure }))],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: pure },
        { object: 'Math', property: 'random', message: pure },
      ],
      'no-restricted-syntax': [
        'error',
        defaultExport,
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: pure },
      ],
      // The coefficients of published series stand here with all the digits of their source.
      'no-loss-of-precision': 'off',
    },
  },
  {
    // A test reads answers of servers and builds wrong input on purpose.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      'no-loss-of-precision': 'off',
    },
  },
);
