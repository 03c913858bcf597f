import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AccountServer } from './account-server';

// The commands themselves, with the CDK CLI, against a server on loopback that has what an account has.

jest.setTimeout(300_000);

const ROOT = path.join(__dirname, '..', '..', '..');

let server: AccountServer;
let out: string;
beforeAll(async () => {
  server = await AccountServer.start({ id: '111122223333', parameters: { '/cdk-bootstrap/hnb659fds/version': '30' } });
});
afterAll(() => server.stop());
beforeEach(() => (out = mkdtempSync(path.join(tmpdir(), 'deployed-'))));
afterEach(() => rmSync(out, { recursive: true, force: true }));

/** Runs a command without a terminal; `interruptAt` sends it Ctrl+C once it has said that. */
async function run(command: 'deploy' | 'destroy', args: readonly string[], interruptAt?: RegExp) {
  const child = spawn(process.execPath, ['--import', 'tsx', `tools/${command}.ts`, ...args, '--out', out], {
    cwd: ROOT,
    env: { ...process.env, CDK_VALIDATION: 'false', ...server.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let isInterrupted = false;
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (interruptAt === undefined || isInterrupted || !interruptAt.test(output)) return;
      isInterrupted = true;
      child.kill('SIGINT');
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

test('says what it is about to do, and makes nothing without a terminal to ask on', async () => {
  const { code, output } = await run('deploy', ['Lambda']);
  expect(output).toContain('To account 111122223333 in eu-central-1, as arn:aws:iam::111122223333:user/somebody');
  expect(output).toMatch(/Lambda \(compute-Lambda\): new, \d+ resources/);
  expect(output).toMatch(/USD [\d.]+ a month and [\d.]+ for the first hour/);
  expect(output).toMatch(/They delete themselves from \d{4}-\d{2}-\d{2}T\d{2}:\d{2}:00Z on/);
  expect(output).toContain('There is no terminal to ask on, so nothing was changed. Add --yes');
  expect(code).toBe(1);
  expect(readdirSync(out)).toEqual([]);
});

test('a dry run ends well where nothing is in the way, and asks nothing', async () => {
  const { code, output } = await run('deploy', ['Lambda', '--dry-run', '-c', 'sandbox.expireAfterHours=0']);
  expect(output).toContain('They stay until they are removed: npm run destroy');
  expect(output).toContain('nothing is in the way; nothing was made');
  expect(code).toBe(0);
});

test('Ctrl+C while it looks at the account ends with a line, and leaves no file', async () => {
  const { code, output } = await run('deploy', ['Lambda', '--yes'], /looks at the account/);
  expect(output).toContain('deploy: interrupted; nothing was changed');
  expect(code).toBe(130);
  expect(readdirSync(out)).toEqual([]);
});

test.each([
  [['Lamda'], 'did you mean Lambda?'],
  [[], 'Name one or more stacks'],
  [['Lambda', '-c', 'deploy.accounts=1234'], 'deploy.accounts = "1234": allowed is account ids of 12 digits'],
  [['Lambda', '-c', 'sandbox.expireAfterHours=9999'], 'sandbox.expireAfterHours = "9999": allowed is'],
])('%j is no right use of it', async (args, words) => {
  const { code, output } = await run('deploy', args);
  expect(output).toContain(words);
  expect(code).toBe(2);
});

test('a protected stack is not destroyed, and how to lift it is said', async () => {
  server.account = {
    ...server.account,
    stacks: { 'compute-Lambda': { isProtected: true } },
  };
  const { code, output } = await run('destroy', ['Lambda', '--yes']);
  expect(output).toContain('1 thing is in the way; nothing was removed.');
  expect(output).toContain(
    'stack compute-Lambda = protected: lift it first with npm run deploy -- Lambda -c protect=false',
  );
  expect(code).toBe(1);
});

test('what is left of stacks that are gone is named with its command, and is no success', async () => {
  server.account = { id: '111122223333', tagged: [['arn:aws:s3:::compute-pictures']] };
  const { code, output } = await run('destroy', ['Lambda', '--yes']);
  expect(output).toContain('none of compute-Lambda stands in eu-central-1');
  expect(output).toContain('aws s3 rb s3://compute-pictures --force --region eu-central-1');
  expect(code).toBe(1);
  expect(existsSync(path.join(ROOT, '.cache', 'deploy', 'deployed-outputs.json'))).toBe(false);
});

test.each([
  [['Lambda', '--all'], '--all is every stack, so that none is named beside it: Lambda'],
  [[], 'Name one or more stacks, or --all of them'],
])('destroy of %j is no right use of it', async (args, words) => {
  const { code, output } = await run('destroy', args);
  expect(output).toContain(words);
  expect(code).toBe(2);
});

test('--all is every stack of this name', async () => {
  server.account = { id: '111122223333', stacks: { 'ci-Network': {}, 'ci-Lambda': {} } };
  const { code, output } = await run('destroy', ['--all', '-c', 'name=ci', '--dry-run']);
  expect(output).toMatch(/From account 111122223333 in eu-central-1:\n( {2}ci-(Network|Lambda) \(\w+\)\n){2}/);
  expect(code).toBe(0);
});
