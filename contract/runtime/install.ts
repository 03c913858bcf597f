import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Installation, installedFolder, installOnce } from '../../packaging/install-once';

/** The oldest Node.js that aws-lambda-ric supports (its `engines`). */
const CLIENT_NEEDS_NODE = 22;

const read = (file: string): string => readFileSync(path.join(__dirname, file), 'utf8');

const CLIENT: Installation = {
  name: 'aws-lambda-ric',
  packageJson: read('client/package.json'),
  packageLock: read('client/package-lock.json'),
  // A folder is what `require('./rapid-client.node')` also takes; its package.json makes it CommonJS.
  files: {
    'node_modules/aws-lambda-ric/rapid-client.node/index.js': read('rapid-client.js'),
    'node_modules/aws-lambda-ric/rapid-client.node/package.json': '{}',
  },
};

const NODE: Installation = {
  name: 'node',
  packageJson: read('node/package.json'),
  packageLock: read('node/package-lock.json'),
};

const ownNodeWillDo = Number(process.versions.node.split('.')[0]) >= CLIENT_NEEDS_NODE;

/** The npm package with Lambda's Node.js for this machine; none where this machine's own will do. */
const nodePackage = (): string | undefined => {
  const { optionalDependencies } = JSON.parse(NODE.packageJson) as { optionalDependencies: Record<string, string> };
  const suffix = `${process.platform}-${process.arch}`;
  return Object.keys(optionalDependencies).find((name) => name.endsWith(suffix));
};

/** Why Lambda's runtime can't run on this machine at all; nothing where it can. */
export function unsupported(): string | undefined {
  // The client imports the handler by its path, which on Windows is no URL that import() takes.
  if (process.platform === 'win32') return 'the Lambda runtime client does not run on Windows';
  if (!ownNodeWillDo && nodePackage() === undefined) {
    return `the Lambda runtime client needs Node.js ${CLIENT_NEEDS_NODE}, this is ${process.versions.node}, and no npm package has a newer one for ${process.platform} on ${process.arch}`;
  }
  return undefined;
}

/** A Node.js that is new enough for the bundle and the runtime client: this machine's own, else one from npm. */
export function nodeBinary(): string {
  return ownNodeWillDo
    ? process.execPath
    : path.join(installedFolder(NODE), 'node_modules', `${nodePackage()}`, 'bin', 'node');
}

/** AWS's runtime client for Node.js, as a command line. */
export function runtimeClient(): readonly string[] {
  const command = [nodeBinary(), path.join(installedFolder(CLIENT), 'node_modules', 'aws-lambda-ric', 'index.mjs')];
  const missing = command.find((file) => !existsSync(file));
  if (missing !== undefined) throw new Error(`${missing} is missing. Run: npm run pretest`);
  return command;
}

/** Installs the runtime client, and a Node.js that runs it where this machine's own is too old. */
export async function installRuntime(progress: (line: string) => void, signal: AbortSignal): Promise<void> {
  await installOnce(CLIENT, progress, signal);
  if (!ownNodeWillDo) await installOnce(NODE, progress, signal);
}

async function main(): Promise<void> {
  const progress = (line: string) => {
    console.error(`lambda runtime: ${line}`);
  };
  const reason = unsupported();
  if (reason !== undefined) {
    progress(`tests that need it are skipped: ${reason}`);
    return;
  }
  const interrupted = new AbortController();
  process.once('SIGINT', () => {
    interrupted.abort();
  });
  await installRuntime(progress, interrupted.signal);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(`lambda runtime: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
}
