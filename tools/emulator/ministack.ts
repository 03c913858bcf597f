import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../../contract/runtime/free-port';
import { nodeBinary } from '../../contract/runtime/install';
import { emulatorBinary } from './install';

/** Why the emulator can't run on this machine; nothing where it can. */
export function missing(): string | undefined {
  if (emulatorBinary() === undefined) return 'ministack is not installed, which takes Python 3 with venv and pip';
  if (!existsSync(nodeBinary())) return 'Node.js for functions is not installed. Run: npm run test:emulated';
  return spawnSync('openssl', ['version']).status === 0 ? undefined : 'there is no openssl to make a certificate with';
}

/**
 * ministack on loopback, over TLS, which the policies ask for, and with AUTH: each call is held against the policies of
 * who makes it. Functions run as processes on Lambda's Node.js; ten at once, as in a new account.
 */
export class Ministack {
  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(): Promise<Ministack> {
    const binary = emulatorBinary();
    if (binary === undefined) throw new Error(missing());
    const folder = mkdtempSync(path.join(tmpdir(), 'ministack-'));
    const [certificate, key] = [path.join(folder, 'tls.crt'), path.join(folder, 'tls.key')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost'];
    spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate],
      ...subject,
    ]);
    const port = await freePort();
    const log = openSync(path.join(folder, 'log'), 'w');
    const { AWS_ENDPOINT_URL: _ours, ...env } = process.env;
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
        MINISTACK_REGION: 'eu-central-1',
        USE_SSL: '1',
        MINISTACK_SSL_CERT: certificate,
        MINISTACK_SSL_KEY: key,
        NODE_EXTRA_CA_CERTS: certificate,
        AUTH: 'true',
        LAMBDA_ACCOUNT_CONCURRENCY: '10',
      },
    });
    const emulator = new Ministack(`https://127.0.0.1:${port}`, folder, child);
    await emulator.untilReady();
    return emulator;
  }

  /** The certificate that its callers trust. */
  get certificate(): string {
    return path.join(this.folder, 'tls.crt');
  }

  get log(): string {
    return readFileSync(path.join(this.folder, 'log'), 'utf8');
  }

  /** What the CDK CLI, the AWS SDK and functions need to call it, and no other endpoint. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL: this.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CA_BUNDLE: this.certificate,
      NODE_EXTRA_CA_CERTS: this.certificate,
      // The CLI remembers accounts by access key.
      CDK_HOME: path.join(this.folder, 'cdk'),
    };
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null) {
      // It may take minutes over SIGTERM.
      this.process.kill('SIGKILL');
      await once(this.process, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private async untilReady(): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (!this.log.includes('Running on https://')) {
      if (this.process.exitCode !== null || Date.now() > deadline) {
        throw new Error(`ministack did not start:\n${this.log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
