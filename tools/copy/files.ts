import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { CDK_CONTEXT } from '../cdk-json';
import { textOf } from '../imports';
import { closureOf, type Moves } from './imports';
import type { CopyRecipe } from './recipes';

const ROOT = path.join(__dirname, '..', '..');
const TESTS = 'test/tools/copy/apps';

/** Files that are no source: what a build or a run leaves behind. */
const LEFT_BEHIND = /(^|\/)(node_modules|target|dist|__pycache__|\.venv)\//;

interface Manifest {
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
}

/** A copy of a compute option, not written yet. */
export interface Copy {
  /** Each file's content by its path. */
  readonly files: ReadonlyMap<string, string | Uint8Array>;
  /** The files that come as they are here, imports of moved files aside, by their path in the copy. */
  readonly sources: readonly string[];
  /** The numbers that are the thumbnail service's own, one a line. */
  readonly numbers: readonly string[];
}

/** Tests of this repository alone: of its tools, its service with photographs, its bundle and what builds packages. */
const OF_THE_REPOSITORY = [
  /^test\/(tools|service|contract)\//,
  /^test\/lambda\/package-size/,
  /^test\/packaging\/(bundle|framework)/,
];

/**
 * Everything that a compute option needs in a repository of its own.
 *
 * @param name of the package
 */
export function copyFiles(recipe: CopyRecipe, name: string): Copy {
  const moves = movesOf(recipe);
  const read = (recipe.reads ?? []).flatMap(filesBelow);
  const app = closureOf(['bin/app.ts', ...(recipe.starts ?? []), ...read.flatMap(serviceFilesOf)], moves);
  const tests = closureOf(['test/app.test.ts', 'test/environment.ts', ...testsOf(app, moves)], moves);
  const code = new Map([...app, ...tests]);
  const files = new Map<string, string | Uint8Array>([...code].map(([file, { text }]) => [file, text]));
  files.set('test/__snapshots__/app.test.ts.snap', textOf(`${TESTS}/__snapshots__/${recipe.app}.test.ts.snap`));
  for (const file of recipe.programs) files.set(`placeholder/${file}`, textOf(`tools/copy/placeholder/${file}`));
  for (const file of read) files.set(file, readFileSync(path.join(ROOT, file)));
  if (files.has('docker/Dockerfile')) files.set('docker/Dockerfile', placeholderImage());
  const sources = [...files.keys()].filter((file) => file !== 'cdk.json' && file !== 'package.json').sort();

  const numbers = recipe.numbers.map(({ file, text, meaning }) => {
    const [, value] = text.exec(String(files.get(file))) ?? [];
    if (value === undefined) throw new Error(`${file} has no ${String(text)}`);
    return `${file}: ${value} (${meaning})`;
  });
  const packages = [...code.values()].flatMap((file) => file.packages);
  files.set('package.json', json(packageJson(name, packages, recipe)));
  files.set('cdk.json', json({ app: 'node --import tsx bin/app.ts', context: featureFlags() }));
  files.set('tsconfig.json', json(tsconfig()));
  files.set('jest.config.js', JEST_CONFIG);
  files.set('.gitignore', 'node_modules/\ncdk.out/\n.cache/\nbundle/\n');
  files.set('.npmrc', textOf('.npmrc'));
  files.set('LICENSE', textOf('LICENSE'));
  files.set('README.md', readme(recipe, name, numbers));
  return { files, sources, numbers };
}

/** The files that have another path in the copy, and those in whose place others come. */
function movesOf({ app, replacesBundle }: CopyRecipe): Moves {
  return new Map([
    [`tools/copy/apps/${app}.ts`, 'bin/app.ts'],
    ['tools/copy/apps/ecs-service.ts', 'bin/service.ts'],
    [`${TESTS}/${app}.test.ts`, 'test/app.test.ts'],
    [`${TESTS}/synthesised.ts`, 'test/synthesis.ts'],
    ['tools/copy/placeholder/placeholder.ts', 'packaging/placeholder.ts'],
    ...(replacesBundle ? ([['tools/copy/placeholder/bundle.ts', 'packaging/bundle.ts']] as const) : []),
  ]);
}

/** The unit tests of the copied files that need no others. */
function testsOf(app: ReadonlyMap<string, unknown>, moves: Moves): string[] {
  const replaced = new Set(moves.values());
  return filesBelow('test').filter((file) => {
    if (!file.endsWith('.test.ts') || OF_THE_REPOSITORY.some((pattern) => pattern.test(file))) return false;
    const needed = [...closureOf([file], new Map()).keys()].filter((each) => !each.startsWith('test/'));
    return needed.length > 0 && needed.every((each) => app.has(each) && !replaced.has(each));
  });
}

/** The files of the service that an application in `lambda/frameworks/` imports, which has packages of its own. */
const serviceFilesOf = (file: string): string[] =>
  /\.m?ts$/.test(file)
    ? [...textOf(file).matchAll(/from '(?:\.\.\/)+(service\/[\w-]+)'/g)].map(([, imported = '']) => `${imported}.ts`)
    : [];

/** The files of a folder, or the file itself. */
function filesBelow(file: string): string[] {
  if (statSync(path.join(ROOT, file)).isFile()) return [file];
  return readdirSync(path.join(ROOT, file), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(ROOT, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .filter((each) => !LEFT_BEHIND.test(each))
    .sort();
}

/** The Dockerfile for the placeholder, which has no packages and no source map. */
function placeholderImage(): string {
  const text = textOf('docker/Dockerfile');
  const [service, placeholder] = [
    'COPY node_modules ./node_modules\nCOPY package.json server.mjs server.mjs.map ./\n',
    'COPY server.mjs ./\n',
  ];
  if (!text.includes(service)) throw new Error(`docker/Dockerfile has no ${service}`);
  return text.replace(service, placeholder);
}

/** CDK's own keys; options of this repository's app have none of theirs. */
const featureFlags = (): Record<string, unknown> =>
  Object.fromEntries(Object.entries(CDK_CONTEXT).filter(([key]) => key.startsWith('@aws-cdk')));

/** What every copy is run, compiled and tested with. */
const TOOLS = ['@types/jest', '@types/node', 'aws-cdk', 'jest', 'ts-jest', 'tsx', 'typescript'];

function packageJson(name: string, imported: readonly string[], { scripts }: CopyRecipe): object {
  const { engines, dependencies, devDependencies, overrides } = JSON.parse(textOf('package.json')) as Manifest;
  const wanted = new Set([...TOOLS, ...imported.map((each) => (each === 'aws-lambda' ? '@types/aws-lambda' : each))]);
  const of = (all: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(Object.entries(all).filter(([each]) => wanted.has(each)));
  const unknown = [...wanted].filter((each) => !(each in dependencies) && !(each in devDependencies));
  if (unknown.length > 0) throw new Error(`package.json has no ${unknown.join(', ')}`);
  return {
    name,
    version: '0.1.0',
    private: true,
    engines,
    scripts: { test: 'tsc && jest', synth: 'cdk synth', deploy: 'cdk deploy --all', ...scripts },
    dependencies: of(dependencies),
    devDependencies: of(devDependencies),
    overrides,
  };
}

function tsconfig(): object {
  const { compilerOptions } = JSON.parse(textOf('tsconfig.json')) as { compilerOptions: object };
  return { compilerOptions, exclude: ['node_modules', 'cdk.out', '.cache', 'lambda/frameworks/**'] };
}

const JEST_CONFIG = `/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // Transpile only: tsc has checked the types. CommonJS to the last: Jest cannot do the import() of module node20.
  transform: {
    '^.+\\\\.ts$': [
      'ts-jest',
      {
        diagnostics: false,
        tsconfig: { target: 'es2023', module: 'commonjs', esModuleInterop: true, isolatedModules: true },
      },
    ],
  },
  setupFiles: ['<rootDir>/test/environment.ts'],
  snapshotFormat: { escapeString: false, printBasicPrototype: false },
};
`;

const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;

const readme = ({ id, placeholder }: CopyRecipe, name: string, numbers: readonly string[]): string => `# ${name}

The stack ${id} of aws-compute-options, by itself.

\`\`\`sh
npm install && npm test
npx cdk synth
\`\`\`

\`bin/app.ts\` is the app: its props are the settings. \`test/app.test.ts\` says what must hold; \`npx jest -u\` writes its
snapshots anew. The feature flags in \`cdk.json\` count: take them along into a repository that exists already.

In the place of the thumbnail service stands ${placeholder}.
${
  numbers.length === 0
    ? ''
    : `
These values were chosen for the thumbnail service. Choose your own:

${numbers.map((number) => `- ${number}`).join('\n')}
`
}`;
