import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');

export interface StartedSettings {
  readonly arguments?: readonly string[];
  /** Beside the environment of this process, or over it. */
  readonly environment?: NodeJS.ProcessEnv;
  /** The environment is all that there is. Default: false */
  readonly replacesEnvironment?: boolean;
  /** The clone whose sandbox it is. Default: this one. */
  readonly root?: string;
}

/** The command `npm run sandbox`, started by another program: what it says, and its end. */
export class StartedSandbox {
  readonly process: ChildProcess;
  /** Settles when it has ended, with its exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>;
  #output = '';
  readonly #looks = new Set<() => void>();

  constructor({
    arguments: args = [],
    environment = {},
    replacesEnvironment = false,
    root = ROOT,
  }: StartedSettings = {}) {
    this.process = spawn(process.execPath, ['--import', 'tsx', path.join('tools', 'sandbox.ts'), ...args], {
      cwd: root,
      env: replacesEnvironment ? environment : { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.ended = once(this.process, 'close').then(([code]) => code as number | null);
    for (const stream of [this.process.stdout, this.process.stderr])
      stream?.on('data', (chunk) => {
        this.#output += String(chunk);
        this.#looks.forEach((look) => look());
      });
  }

  /** All that it has said. */
  get output(): string {
    return this.#output;
  }

  /**
   * Waits until it has said that.
   *
   * @throws Error with all that it has said where it ends before
   */
  said(what: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = what.exec(this.#output);
        if (found) resolve(found);
      };
      this.#looks.add(look);
      look();
      void this.ended.then(() => reject(new Error(`It ended without having said ${String(what)}:\n${this.#output}`)));
    });
  }

  /** Waits for the address of its page. */
  async url(): Promise<string> {
    const [, url = ''] = await this.said(/The page: (\S+)/);
    return url;
  }

  /** Waits until all that can run does. */
  async ready(): Promise<void> {
    await this.said(/ answers?, after [\d.]+ s/);
  }

  /** Ends it as Ctrl+C does. Settles when everything is taken away. */
  async interrupt(): Promise<number | null> {
    this.process.kill('SIGINT');
    return this.ended;
  }
}
