import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { adapterImage } from '../../docker/build';
import { NoDockerError, tryDocker } from '../../docker/command';

/** The version that the image of LambdaImage has. */
export const ADAPTER_VERSION = /:([\w.-]+)$/.exec(adapterImage())?.[1] ?? '';

const FOLDER = path.join(__dirname, '..', '..', '.cache', 'installed', `lambda-adapter-${ADAPTER_VERSION}`);

/** The Lambda Web Adapter as a program of this machine; `npm run lambda-adapter` puts it there. */
export const ADAPTER = path.join(FOLDER, 'bin', 'lambda-adapter');

/** Why there is none to run here; undefined where there is. */
export const whyNoAdapter = (): string | undefined =>
  existsSync(ADAPTER)
    ? undefined
    : 'the Lambda Web Adapter is not there; npm run lambda-adapter fetches or builds it, by a container engine or by cargo';

/** Takes it out of its image. False where there is no engine, the image is not to be had, or would not run here. */
async function copyFromImage(folder: string, signal: AbortSignal): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  try {
    const created = await tryDocker(['create', adapterImage(), '/lambda-adapter'], { signal });
    const container = created.stdout.trim().split('\n').at(-1) ?? '';
    if (created.code !== 0 || container === '') return false;
    mkdirSync(path.join(folder, 'bin'), { recursive: true });
    const copied = await tryDocker(['cp', `${container}:/lambda-adapter`, path.join(folder, 'bin')], { signal });
    await tryDocker(['rm', container]);
    return copied.code === 0;
  } catch (error) {
    if (error instanceof NoDockerError) return false;
    throw error;
  }
}

/** @throws Error with what cargo said */
async function build(folder: string, signal: AbortSignal): Promise<void> {
  const args = ['install', 'lambda_web_adapter', '--version', ADAPTER_VERSION, '--locked', '--root', folder];
  const cargo = spawn('cargo', args, { stdio: ['ignore', 'ignore', 'pipe'], signal });
  let output = '';
  cargo.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  await new Promise<void>((resolve, reject) => {
    cargo.once('error', reject);
    cargo.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`cargo ${args.join(' ')} failed:\n${output.trim().split('\n').slice(-5).join('\n')}`));
    });
  });
}

const hasCargo = (): boolean => spawnSync('cargo', ['--version']).status === 0;

async function main(): Promise<void> {
  const progress = (line: string): void => console.error(`lambda adapter: ${line}`);
  if (existsSync(ADAPTER)) return;
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const unfinished = `${FOLDER}.${process.pid}`;
  try {
    progress(`taking version ${ADAPTER_VERSION} out of ${adapterImage()}`);
    if (!(await copyFromImage(unfinished, interrupted.signal))) {
      if (!hasCargo()) {
        progress('tests that need it are skipped: its image cannot be pulled here, and there is no cargo to build it');
        return;
      }
      progress('its image cannot be pulled here: building it from crates.io, which takes some minutes, once');
      await build(unfinished, interrupted.signal);
    }
    renameSync(unfinished, FOLDER);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(`lambda adapter: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
}
