import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { nodeBinary } from '../../../contract/runtime/install';
import { describeUnless } from '../../left-out';

// The command on a machine whose disk is full, and on one without a network: namespaces of Linux make both of this one.

jest.setTimeout(180_000);

const ROOT = path.join(__dirname, '..', '..', '..');
const CACHE = path.join(ROOT, '.cache');

/** What begins a program in namespaces of its own, as root and as any other user. */
const NAMESPACES = [
  ['--mount', '--net'],
  ['--mount', '--net', '--map-root-user'],
] as const;
const namespaces = NAMESPACES.find(
  (flags) =>
    spawnSync('unshare', [...flags, 'sh', '-c', 'ip link set lo up && mount -t tmpfs tmpfs /mnt']).status === 0,
);
const reason =
  namespaces === undefined
    ? 'it takes Linux with unshare, ip and mount, and the right to make namespaces: run it as root'
    : existsSync(nodeBinary())
      ? undefined
      : 'the Node.js that runs the bundle is not there. Run: npm run pretest';

/** The Node.js of the bundle where it is in the cache, which is then the only thing in the cache of these tests. */
const kept = nodeBinary().startsWith(CACHE) ? path.relative(CACHE, nodeBinary()).split(path.sep).slice(0, 2) : [];

describeUnless(reason, 'npm run sandbox', () => {
  let folder: string;
  const started: ChildProcess[] = [];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'sandbox-failures-'));
    for (const name of ['kept', 'npm']) mkdirSync(path.join(folder, name));
  });
  afterEach(async () => {
    for (const child of started.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'close');
    }
    rmSync(folder, { recursive: true });
  });

  /**
   * Runs the sandbox with a cache of that size, in which is nothing but Node.js, until it says that all are there; then
   * ends it as Ctrl+C does, and gives all that was said. The last lines are the files that it had left.
   */
  async function runWith(size: string, args: string, shared: '--net' | 'network'): Promise<string> {
    const nodeFolder = kept.join('/');
    const script = `
      ip link set lo up
      mount --bind '${CACHE}' '${folder}/kept'
      mount -t tmpfs -o size=${size} tmpfs '${CACHE}'
      ${nodeFolder && `mkdir -p '${CACHE}/${nodeFolder}' && mount --bind '${folder}/kept/${nodeFolder}' '${CACHE}/${nodeFolder}'`}
      '${process.execPath}' --import tsx tools/sandbox.ts ${args} &
      trap "kill -INT $!" INT TERM
      wait $!
      wait $!
      echo "left: $(find '${CACHE}' -mindepth 1 -not -path '${CACHE}/installed*' | tr '\\n' ' ')."
    `;
    const flags = (namespaces ?? []).filter((flag) => shared === '--net' || flag !== '--net');
    const child = spawn('unshare', [...flags, 'sh', '-c', script], {
      cwd: ROOT,
      env: {
        ...process.env,
        // Nothing that another run has fetched, and no second try.
        npm_config_cache: path.join(folder, 'npm'),
        ...{ npm_config_fetch_retries: '0', PIP_RETRIES: '0', PIP_NO_CACHE_DIR: '1' },
      },
    });
    started.push(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        const before = said;
        said += String(chunk);
        const isReady = (text: string): boolean => / answers?, after [\d.]+ s/.test(text);
        if (isReady(said) && !isReady(before)) child.kill('SIGINT');
      });
    await once(child, 'close');
    return said;
  }

  test('on a full disk it names the disk and what is free, starts what has room, and leaves nothing', async () => {
    // Room for the bundle of one, and no more.
    const said = await runWith('36m', '--options Ec2,WebFunction', 'network');
    expect(said.match(/ answers at /g)).toHaveLength(1);
    const full = said.match(/is not here: the disk of \S+ is full: \d+ of 38 MB are free\. .* Make room, and start/g);
    expect(full).toHaveLength(1);
    expect(said).toMatch(/sandbox: 1 answers, after/);
    expect(said).toContain(`left: ${path.join(CACHE, 'sandbox')} .`);
  });

  test('where no option has room, none leaves anything', async () => {
    const said = await runWith('12m', '--options Ec2,beanstalk/node', 'network');
    expect(said.match(/is not here: the disk of \S+ is full/g)).toHaveLength(2);
    expect(said).toMatch(/sandbox: 0 answer, after/);
    expect(said).toMatch(/left: /);
    expect(said).not.toMatch(/left: .*(node_modules|server\.mjs)/);
  });

  test('where there is no room for its own notes, it ends with the same words', async () => {
    const said = await runWith('4k', '--options Ec2', 'network');
    expect(said).toMatch(/the disk of \S+ is full/);
    expect(said).not.toContain('The page:');
    expect(said).not.toMatch(/^\s+at /m);
  });

  test('without a network it says what could not be fetched and how it is brought, and the rest runs', async () => {
    const said = await runWith('200m', '--options Ec2,Lambda,WebFunction', '--net');
    expect(said).toContain('ec2 answers at http://127.0.0.1:');
    expect(said).toContain('web-function answers at http://127.0.0.1:');
    expect(said).toContain('Could not fetch aws-lambda-ric from the npm registry. It is needed once');
    expect(said).toMatch(/ministack, which plays AWS, could not be installed: .* With them: npm run emulator/);
    expect(said).toMatch(/lambda is not here: .*aws-lambda-ric.* is missing\. Run: npm run pretest/);
    expect(said).toMatch(/lambda\/deployed is not here: ministack is not installed, .* npm run emulator/);
    expect(said).toMatch(/2 answer, after .* not here, with their reasons above: lambda, lambda\/deployed/);
    expect(said).toContain(`left: ${path.join(CACHE, 'sandbox')} .`);
  });
});
