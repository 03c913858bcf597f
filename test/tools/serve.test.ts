import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

jest.setTimeout(30_000);

const ROOT = path.join(__dirname, '..', '..');
const running: ChildProcess[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

/** What the command has said when that is a part of it, or when it has ended. */
async function serve(port: string, until: RegExp): Promise<{ output: string; code: number | null }> {
  const command = ['--import', 'tsx', path.join(ROOT, 'tools', 'serve.ts')];
  const child = spawn(process.execPath, command, { cwd: ROOT, env: { ...process.env, PORT: port } });
  running.push(child);
  let output = '';
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const said = new Promise<null>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += String(chunk);
        if (until.test(output)) resolve(null);
      });
    }
  });
  const code = await Promise.race([ended, said]);
  return { output, code };
}

test('npm run serve names its address and the command that checks it, and how to choose another port', async () => {
  const { output } = await serve('0', /The contract:.*\n/);
  const [, url, port] = /Thumbnails: +(http:\/\/127\.0\.0\.1:(\d+)\/)/.exec(output) ?? [];
  expect(output).toContain(`npm run contract -- ${url}`);
  expect((await fetch(`${url}health`)).status).toBe(200);

  const second = await serve(port ?? '', /never/);
  expect(second.output).toContain(`Port ${port} is in use by another program. Choose another: PORT=3000 npm run serve`);
  expect(second.code).toBe(1);
});
