import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Framework } from '../../packaging/framework-packages';
import { runtimeClient as nodeClient } from './install';
import { installLocked, targetPython } from '../../packaging/frameworks/python';
import { CACHE, run, type Task } from '../../packaging/frameworks/recipe';

/** How AWS's runtime client of a language is started, in the folder of a function's unpacked package. */
export interface RuntimeClient {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Lambda's Java of the frameworks; what is compiled for 17 runs on any later one too. */
const JAVA = 25;
const OLDEST_JAVA = 17;
/**
 * What Lambda starts its JVM with, as far as AWS says: a serial collector, and no compiler beyond C1.
 * https://docs.aws.amazon.com/lambda/latest/dg/java-customization.html
 */
const JVM_OPTIONS = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

const SOURCE = path.join(__dirname, 'framework-clients');
const RECORD = path.join(CACHE, 'runtime-clients.json');
const REQUIREMENTS = path.join(SOURCE, 'requirements.txt');
const POM = path.join(SOURCE, 'pom.xml');

interface Clients {
  readonly id: string;
  readonly clients: Readonly<Record<'Python' | 'Java', RuntimeClient | null>>;
}

const id = (): string =>
  [REQUIREMENTS, POM, __filename]
    .reduce((hash, file) => hash.update(readFileSync(file)), createHash('sha256'))
    .digest('hex');

function record(): Clients | undefined {
  if (!existsSync(RECORD)) return undefined;
  const made = JSON.parse(readFileSync(RECORD, 'utf8')) as Clients;
  return made.id === id() ? made : undefined;
}

/**
 * The runtime client of a language.
 *
 * @throws Error that says why there is none here, and the command that fetches it
 */
export function runtimeClient(language: Framework['language']): RuntimeClient {
  if (language === 'Node.js') return { command: nodeClient(), environment: {} };
  const made = record();
  if (made === undefined) {
    throw new Error(`The Lambda runtime client for ${language} is not there. Run: npm run frameworks`);
  }
  const client = made.clients[language];
  if (client === null) {
    throw new Error(
      `There is no ${language} here that runs it. Install it and Maven or pip, then run: npm run frameworks`,
    );
  }
  return client;
}

/** A `java` of Lambda's version where this machine has one, else the newest that will do. */
async function targetJava(): Promise<string | undefined> {
  const homes = '/usr/lib/jvm';
  const installed = await readdir(homes).catch(() => []);
  const candidates = [
    ...(process.env['JAVA_HOME'] === undefined ? [] : [path.join(process.env['JAVA_HOME'], 'bin', 'java')]),
    'java',
    ...installed.map((name) => path.join(homes, name, 'bin', 'java')),
  ];
  const versions = await Promise.all(
    candidates.map(async (java) => {
      const said = await run(java, ['--version']).catch(() => '');
      return { java, version: Number(/^\S+ (\d+)/.exec(said)?.[1] ?? 0) };
    }),
  );
  const fit = versions.filter(({ version }) => version >= OLDEST_JAVA);
  return (fit.find(({ version }) => version === JAVA) ?? fit.sort((a, b) => b.version - a.version)[0])?.java;
}

async function python(task: Task): Promise<RuntimeClient | null> {
  const interpreter = await targetPython();
  if (interpreter === undefined) return null;
  const folder = await installLocked(interpreter, REQUIREMENTS, 'awslambdaric', task);
  return { command: [interpreter, '-m', 'awslambdaric'], environment: { PYTHONPATH: folder } };
}

async function java(task: Task): Promise<RuntimeClient | null> {
  const executable = await targetJava();
  if (executable === undefined) return null;
  const folder = path.join(CACHE, 'java', 'runtime-client');
  task.progress('fetching the Lambda runtime client for Java with Maven');
  await rm(folder, { recursive: true, force: true });
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
  await run('mvn', ['--batch-mode', '--quiet', '--strict-checksums', `--file=${POM}`, ...goal], {
    signal: task.signal,
  });
  const classes = ['.', 'lib/*', `${folder}/*`].join(path.delimiter);
  const main = 'com.amazonaws.services.lambda.runtime.api.client.AWSLambda';
  return { command: [executable, ...JVM_OPTIONS, '-classpath', classes, main], environment: {} };
}

/** Fetches the runtime clients, for tests and figures. What this machine can't run is left out, and why is said. */
export async function fetchRuntimeClients(task: Task): Promise<void> {
  const before = record();
  if (before !== undefined && !Object.values(before.clients).includes(null)) return;
  const attempt = async (language: string, fetch: (task: Task) => Promise<RuntimeClient | null>) =>
    fetch(task).catch((error: unknown) => {
      task.signal.throwIfAborted();
      task.progress(`the Lambda runtime client for ${language} can't be fetched: ${String(error)}`);
      return null;
    });
  const clients = { Python: await attempt('Python', python), Java: await attempt('Java', java) };
  await mkdir(CACHE, { recursive: true });
  await writeFile(RECORD, JSON.stringify({ id: id(), clients } satisfies Clients, undefined, 2));
}
