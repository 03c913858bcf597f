import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../contract/runtime/free-port';
import { nodeBinary } from '../../contract/runtime/install';
import { EMULATED_REGION, type Endpoint, environmentFor, withoutAws } from './environment';
import { MINISTACK_FUNCTIONS } from './function-address';
import { emulatorBinary } from './install';

const ROOT = path.join(__dirname, '..', '..');

/** Why the emulator can't run on this machine, and what to do; nothing where it can. */
export function missing(): string | undefined {
  if (emulatorBinary() === undefined)
    return 'ministack is not installed, which takes Python 3 with venv and pip. Install them, on Debian by apt-get install python3-venv, and run: npm run emulator';
  if (!existsSync(nodeBinary())) return 'Node.js for functions is not installed. Run: npm run pretest';
  return spawnSync('openssl', ['version']).status === 0
    ? undefined
    : 'there is no openssl to make a certificate with. Install it, on Debian by apt-get install openssl';
}

/**
 * ministack on loopback, over TLS, which the policies ask for, and with AUTH: each call is held against the policies of
 * who makes it. Functions run as processes on Lambda's Node.js; ten at once, as in a new account.
 */
export class Ministack implements Endpoint {
  readonly functionsBelow = MINISTACK_FUNCTIONS;
  /** Settles when its process has ended, with how. */
  readonly ended: Promise<string>;

  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly process: ChildProcess,
  ) {
    this.ended = new Promise((resolve) =>
      process.once('exit', (code, signal) => resolve(`the emulator ended by ${signal ?? `exit code ${code ?? '?'}`}`)),
    );
  }

  /**
   * @param parent where its folder is made. Default: the system's folder for temporary files
   * @throws Error with its log where it does not start, or the reason of the signal; then nothing is left of it
   */
  static async start(parent = tmpdir(), signal?: AbortSignal): Promise<Ministack> {
    const binary = emulatorBinary();
    if (binary === undefined) throw new Error(missing());
    const folder = mkdtempSync(path.join(parent, 'ministack-'));
    const [certificate, key] = [path.join(folder, 'tls.crt'), path.join(folder, 'tls.key')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
    spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate],
      ...subject,
    ]);
    const port = await freePort();
    const log = openSync(path.join(folder, 'log'), 'w');
    const env = withoutAws();
    const child = spawn(binary, [], {
      stdio: ['ignore', log, log],
      env: {
        ...env,
        PATH: `${path.dirname(nodeBinary())}:${env['PATH'] ?? ''}`,
        HOME: folder,
        TMPDIR: folder,
        BIND_HOST: '127.0.0.1',
        MINISTACK_HOST: '127.0.0.1',
        GATEWAY_PORT: String(port),
        MINISTACK_REGION: EMULATED_REGION,
        USE_SSL: '1',
        MINISTACK_SSL_CERT: certificate,
        MINISTACK_SSL_KEY: key,
        NODE_EXTRA_CA_CERTS: certificate,
        AUTH: 'true',
        LAMBDA_ACCOUNT_CONCURRENCY: '10',
        // Lambda's own Node.js has the AWS SDK; and the functions of custom resources answer at this port.
        NODE_PATH: path.join(ROOT, 'node_modules'),
        NODE_OPTIONS: `--require ${path.join(__dirname, 'custom-resources.cjs')}`,
        CUSTOM_RESOURCES_PORT: String(port),
      },
    });
    const emulator = new Ministack(`https://127.0.0.1:${port}`, folder, child);
    try {
      await emulator.untilReady(signal);
      return emulator;
    } catch (error) {
      await emulator.stop();
      throw error;
    }
  }

  /** The certificate that its callers trust. */
  get certificate(): string {
    return path.join(this.folder, 'tls.crt');
  }

  get log(): string {
    return readFileSync(path.join(this.folder, 'log'), 'utf8');
  }

  get environment(): Readonly<Record<string, string>> {
    return environmentFor(this.url, this.folder, this.certificate);
  }

  async stop(): Promise<void> {
    if (!this.hasEnded) {
      // It may take minutes over SIGTERM.
      this.process.kill('SIGKILL');
      await once(this.process, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private get hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  private async untilReady(signal?: AbortSignal): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!this.log.includes('Running on https://')) {
      signal?.throwIfAborted();
      if (this.hasEnded || Date.now() > deadline) {
        throw new Error(`ministack did not start:\n${this.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
