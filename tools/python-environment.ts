import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Of what a command says, the end that is kept. */
const MOST_SAID = 4_096;
const CACHE = path.join(__dirname, '..', '.cache');

/**
 * A Python environment in the project's cache, with what a file of requirements pins by hash and nothing else. It is
 * made with the machine's Python 3 and its venv and pip.
 */
export class PythonEnvironment {
  private readonly folder: string;
  /** Written last: says that all is there, and of which requirements. */
  private readonly installed: string;

  /**
   * @param name of its folder in the cache, and at the head of its messages
   * @param requirements path of the file, as `uv pip compile --generate-hashes` writes it
   */
  constructor(
    private readonly name: string,
    private readonly requirements: string,
  ) {
    this.folder = path.join(CACHE, name);
    this.installed = path.join(this.folder, 'installed');
  }

  /** Path of a command of the environment; undefined where it is not installed as the requirements say. */
  command(command: string): string | undefined {
    const isThere = existsSync(this.installed) && readFileSync(this.installed, 'utf8') === this.wanted();
    return isThere ? path.join(this.folder, 'bin', command) : undefined;
  }

  /**
   * Makes the environment, where this command of it is not there as the requirements say.
   *
   * @returns why it could not be made; undefined where the command is there
   */
  async installFor(command: string, signal?: AbortSignal): Promise<string | undefined> {
    return this.command(command) === undefined ? this.install(signal) : undefined;
  }

  /**
   * Makes the environment anew.
   *
   * @returns why it could not be made; undefined where it was
   */
  async install(signal?: AbortSignal): Promise<string | undefined> {
    console.error(`${this.name}: installing what ${path.relative(process.cwd(), this.requirements)} lists, with pip`);
    rmSync(this.folder, { recursive: true, force: true });
    const pip = ['install', '--quiet', '--disable-pip-version-check', '--require-hashes', '-r', this.requirements];
    const problem =
      (await run('python3', ['-m', 'venv', this.folder], signal)) ??
      (await run(path.join(this.folder, 'bin', 'pip'), pip, signal));
    if (problem === undefined) writeFileSync(this.installed, this.wanted());
    else rmSync(this.folder, { recursive: true, force: true });
    return problem;
  }

  private wanted(): string {
    return createHash('sha256').update(readFileSync(this.requirements)).digest('hex');
  }
}

/**
 * Runs a command whose output goes to standard error.
 *
 * @returns what was wrong, with the command's own last error, where it did not end well
 */
export const run = (command: string, args: readonly string[], signal?: AbortSignal): Promise<string | undefined> =>
  new Promise((done) => {
    let said = '';
    const child = spawn(command, args, {
      env: process.env,
      stdio: ['ignore', process.stderr, 'pipe'],
      ...(signal && { signal, killSignal: 'SIGKILL' as const }),
    });
    child.stderr.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      said = (said + chunk.toString()).slice(-MOST_SAID);
    });
    child
      .once('error', (error: NodeJS.ErrnoException) => {
        done(error.code === 'ENOENT' ? `there is no ${command} on this machine` : error.message);
      })
      .once('close', (status, ended) => {
        const [last] = said.match(/^ERROR: .*$/gm)?.slice(-1) ?? [];
        const how = `${path.basename(command)} ended with ${status ?? ended ?? 'no status'}`;
        done(
          status === 0 ? undefined : [how, ...(last === undefined ? [] : [last.slice('ERROR: '.length)])].join(': '),
        );
      });
  });
