import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from './free-port';
import { programOf, type Sample, unzipSample } from '../../tools/beanstalk-toolchains';

/** A sample that answers on loopback. */
export interface RunningSample {
  readonly url: string;
  /** Settles when one of its processes has ended, with which and how. */
  readonly ended: Promise<string>;
  /** What its log has so far: each line that is JSON. */
  log(): Record<string, unknown>[];
  /** Tells it to stop as the platform does, and waits until it has. */
  stop(): Promise<void>;
}

/** A JVM of a small machine takes some seconds. */
const ANSWERS_WITHIN_MS = 60_000;

const asRoot = process.getuid?.() === 0;

/** Processes that end together. */
class Processes {
  private readonly children: ChildProcess[] = [];
  private written = '';

  constructor(private readonly files: readonly string[] = []) {}

  start(program: string, args: readonly string[], environment: NodeJS.ProcessEnv, cwd: string): void {
    const child = spawn(program, args, { cwd, env: environment });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (this.written += String(chunk)));
    this.children.push(child);
  }

  /** When the first of them has ended. */
  ended(): Promise<string> {
    return Promise.race(
      this.children.map(
        (child) =>
          new Promise<string>((resolve) => {
            child.once('exit', (code, signal) =>
              resolve(`${path.basename(child.spawnfile)} ended by ${signal ?? `exit code ${code}`}`),
            );
          }),
      ),
    );
  }

  output(): string {
    const files = this.files.filter((file) => existsSync(file));
    return this.written + files.map((file) => readFileSync(file, 'utf8')).join('');
  }

  /** Waits until it answers there; throws with what was written where a process has ended before, or its time is over. */
  async answering(url: string): Promise<void> {
    const deadline = performance.now() + ANSWERS_WITHIN_MS;
    for (;;) {
      let how: string;
      try {
        const { ok, status } = await fetch(`${url}/health`, { signal: AbortSignal.timeout(1000) });
        if (ok) return;
        how = `answers GET /health with status ${status}`;
      } catch {
        how = 'does not answer GET /health';
      }
      if (performance.now() > deadline)
        throw new Error(`it ${how} after ${ANSWERS_WITHIN_MS / 1000} s. It has written:\n${this.output()}`);
      const ended = this.children.find(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null);
      if (ended !== undefined) throw new Error(`${ended.spawnargs.join(' ')} ended:\n${this.output()}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  async stop(): Promise<void> {
    const running = this.children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    await Promise.all(
      running.map((child) => {
        const ended = new Promise((resolve) => child.once('exit', resolve));
        // A second signal would end it at once; the platform sends one.
        return child.kill('SIGTERM') ? ended : Promise.resolve();
      }),
    );
  }
}

const jsonLines = (text: string): Record<string, unknown>[] =>
  text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));

/** Writes a configuration of proxy/ with what is particular to this run. */
function configure(name: string, run: string, values: Readonly<Record<string, string | number>>): string {
  const file = path.join(run, name);
  const template = readFileSync(path.join(__dirname, 'proxy', name), 'utf8');
  writeFileSync(
    file,
    template.replaceAll(/@(\w+)@/g, (_, key: string) => String(values[key])),
  );
  return file;
}

/** nginx in front of the sample, which the platform's part of the configuration leads to. */
async function startNginx(sample: Sample, processes: Processes, run: string, platform: string): Promise<string> {
  const port = await freePort();
  const user = asRoot ? 'user root;' : '';
  const file = configure('nginx.conf', run, { run, bundle: sample.folder, port, platform, user });
  processes.start(programOf(/^nginx$/) ?? '', ['-e', 'stderr', '-c', file], process.env, run);
  return `http://127.0.0.1:${port}`;
}

/** Starts a sample by the command of its Procfile, on a port of its own. */
async function startByProcfile(sample: Sample, processes: Processes): Promise<number> {
  const port = await freePort();
  const environment = { ...sample.environment, PORT: String(port), SERVICE_OPTION: 'beanstalk' };
  processes.start('sh', ['-c', `exec ${sample.web}`], environment, sample.folder);
  await processes.answering(`http://127.0.0.1:${port}`);
  return port;
}

/** Starts PHP's process manager, as the platform does for lack of a Procfile. */
function startPhpFpm({ folder }: Sample, processes: Processes, run: string): string {
  // It refuses to serve as root.
  const user = asRoot ? 'user = nobody\ngroup = nogroup' : '';
  const file = configure('php-fpm.conf', run, { run, user });
  const log = path.join(run, 'www-error.log');
  writeFileSync(log, '');
  chmodSync(log, 0o666);
  processes.start(programOf(/^php-fpm[\d.]*$/) ?? '', ['--nodaemonize', '--fpm-config', file], process.env, run);
  return configure('php.conf', run, { run, bundle: folder });
}

/**
 * Starts a sample as its platform does: by its Procfile, or behind nginx where the platform's own server runs it.
 *
 * @param behindNginx whether requests go through nginx in any case, as on an instance
 */
export async function startSample(sample: Sample, { behindNginx = false } = {}): Promise<RunningSample> {
  const run = mkdtempSync(path.join(tmpdir(), 'beanstalk-'));
  chmodSync(run, 0o777);
  if (!existsSync(sample.built)) unzipSample(sample);
  const isPhp = sample.web === undefined;
  const processes = new Processes(['php-fpm.log', 'www-error.log'].map((file) => path.join(run, file)));
  const stop = async () => {
    await processes.stop();
    rmSync(run, { recursive: true, force: true });
  };
  const start = async () => {
    if (isPhp) return startNginx(sample, processes, run, startPhpFpm(sample, processes, run));
    const upstream = await startByProcfile(sample, processes);
    if (!behindNginx) return `http://127.0.0.1:${upstream}`;
    return startNginx(sample, processes, run, configure('application.conf', run, { upstream }));
  };
  try {
    const url = await start();
    await processes.answering(url);
    return { url, ended: processes.ended(), log: () => jsonLines(processes.output()), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
