import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../../contract/runtime/free-port';

const BINARY = process.env['FAKECLOUD'] ?? path.join(__dirname, '..', '..', '..', 'shared', 'tools', 'fakecloud');

/** Why there is no fakecloud on this machine; nothing where there is. */
export const missingFakecloud = existsSync(BINARY) ? undefined : 'fakecloud is not here; FAKECLOUD says where it is';

/** fakecloud on loopback: an emulator that makes nearly every type, of which what the SDK reads back counts. */
export class Fakecloud {
  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
  ) {}

  static async start(): Promise<Fakecloud> {
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(BINARY, { env: { ...process.env, FAKECLOUD_ADDR: address }, stdio: 'ignore' });
    const emulator = new Fakecloud(`http://${address}`, child);
    await emulator.untilReady();
    return emulator;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null) return;
    this.process.kill('SIGKILL');
    await once(this.process, 'exit');
  }

  private async untilReady(): Promise<void> {
    const deadline = Date.now() + 30_000;
    while ((await fetch(this.url).catch(() => undefined)) === undefined) {
      if (this.process.exitCode !== null || Date.now() > deadline) throw new Error('fakecloud did not start');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
