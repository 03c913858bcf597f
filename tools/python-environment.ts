import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

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
  async installFor(command: string): Promise<string | undefined> {
    return this.command(command) === undefined ? this.install() : undefined;
  }

  /**
   * Makes the environment anew.
   *
   * @returns why it could not be made; undefined where it was
   */
  async install(): Promise<string | undefined> {
    console.error(`${this.name}: installing what ${path.relative(process.cwd(), this.requirements)} lists, with pip`);
    rmSync(this.folder, { recursive: true, force: true });
    const pip = ['install', '--quiet', '--disable-pip-version-check', '--require-hashes', '-r', this.requirements];
    const problem =
      (await run('python3', ['-m', 'venv', this.folder])) ?? (await run(path.join(this.folder, 'bin', 'pip'), pip));
    if (problem === undefined) writeFileSync(this.installed, this.wanted());
    else rmSync(this.folder, { recursive: true, force: true });
    return problem;
  }

  private wanted(): string {
    return createHash('sha256').update(readFileSync(this.requirements)).digest('hex');
  }
}

/** Runs a command whose output is standard error; what was wrong, where it did not end well. */
export const run = (command: string, args: readonly string[]): Promise<string | undefined> =>
  new Promise((done) => {
    spawn(command, args, { stdio: ['ignore', process.stderr, process.stderr] })
      .once('error', (error: NodeJS.ErrnoException) => {
        done(error.code === 'ENOENT' ? `there is no ${command} on this machine` : error.message);
      })
      .once('exit', (status, signal) => {
        done(status === 0 ? undefined : `${path.basename(command)} ended with ${status ?? signal ?? 'no status'}`);
      });
  });
