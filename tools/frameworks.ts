import { type FrameworkName, FRAMEWORKS, packageState } from '../packaging/framework-packages';
import { fail, readCommandLine, UsageError } from './command-line';
import { java } from '../packaging/frameworks/java';
import { node } from '../packaging/frameworks/node';
import { buildPackages, megabytes } from '../packaging/frameworks/package';
import { python } from '../packaging/frameworks/python';
import type { Recipe, Task } from '../packaging/frameworks/recipe';
import { fetchRuntimeClients } from '../contract/runtime/framework-clients';

type Listed = (typeof FRAMEWORKS)[number];

const RECIPES: Record<Listed['language'], Recipe> = { 'Node.js': node, Python: python, Java: java };

const USAGE = `Builds the packages of the web frameworks' functions into bundle/frameworks/.

npm run frameworks                     all that is not up to date
npm run frameworks -- flask express    these
npm run frameworks -- --test [names]   runs the frameworks' own unit tests, by their own tools
npm run frameworks -- --list           what there is, and whether it is built

Frameworks: ${FRAMEWORKS.map(({ name }) => name).join(', ')}
Exit code: 0 done, 1 it could not be done, 2 it was called in another way than this.`;

const progress = (line: string): void => {
  console.error(`frameworks: ${line}`);
};
const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function buildAll(frameworks: readonly Listed[], task: Task): Promise<void> {
  for (const framework of frameworks) {
    const state = packageState(framework.name);
    if ('manifest' in state) {
      progress(`${framework.name}: up to date`);
      continue;
    }
    progress(`${framework.name}: building it: ${state.stale}`);
    await buildPackages(framework, RECIPES[framework.language], task);
  }
  await fetchRuntimeClients(task);
}

async function testAll(frameworks: readonly Listed[], task: Task): Promise<void> {
  for (const framework of frameworks) {
    progress(`${framework.name}: its own tests`);
    await RECIPES[framework.language].test(framework, task);
  }
}

function list(): void {
  for (const { name, title, language, runtime, adapter } of FRAMEWORKS) {
    const state = packageState(name);
    const built =
      'stale' in state
        ? `not built: ${state.stale}`
        : (['arm64', 'x64'] as const)
            .map((each) => `${each} ${megabytes(state.manifest.packages[each].size)}`)
            .join(', ');
    console.log(`${name.padEnd(22)} ${title}, ${language} on ${runtime}, by ${adapter}; ${built}`);
  }
}

/** @throws UsageError naming what there is no framework of */
function chosen(names: readonly string[]): readonly Listed[] {
  const known: readonly string[] = FRAMEWORKS.map(({ name }) => name satisfies FrameworkName);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new UsageError(`There is no framework ${unknown.join(', ')}; there is ${known.join(', ')}.`, USAGE);
  return names.length === 0 ? FRAMEWORKS : FRAMEWORKS.filter(({ name }) => names.includes(name));
}

async function main(): Promise<void> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      interrupted.abort(name);
    });
  }
  try {
    const { values, positionals } = readCommandLine(USAGE, {
      allowPositionals: true,
      options: { list: { type: 'boolean' }, test: { type: 'boolean' } },
    });
    const frameworks = chosen(positionals);
    const task: Task = { progress, signal: interrupted.signal };
    if (values.list) list();
    else if (values.test) await testAll(frameworks, task);
    else await buildAll(frameworks, task);
  } catch (error) {
    if (error instanceof UsageError) {
      fail(error);
      return;
    }
    progress(interrupted.signal.aborted ? 'interrupted; what was there is as it was' : wordsOf(error));
    process.exitCode = interrupted.signal.aborted ? 130 : 1;
  }
}

void main();
