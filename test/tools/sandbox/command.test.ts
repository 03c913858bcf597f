import type { ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { Browser, Page } from 'playwright-core';
import { findChromium, startChromium } from '../../../tools/chromium';
import { clientSettings } from '../../../tools/emulator/aws';
import { Ministack, missing as missingEmulator } from '../../../tools/emulator/ministack';
import { SANDBOX_RUNNERS } from '../../../tools/sandbox/runners';
import { identify, isRunning, type ProcessIdentity } from '../../../tools/sandbox/processes';
import { dropPicture, photographSandbox, readShows } from '../../../tools/sandbox/picture';
import { StartedSandbox } from '../../../tools/sandbox/started';
import type { SandboxState } from '../../../tools/sandbox/state';
import type { Shown } from '../../../tools/sandbox/server';
import { tryDocker } from '../../../docker/command';
import { SANDBOX_LABEL } from '../../../tools/container';
import { descendants } from '../../descendants';
import { whyNoEngine } from '../../docker/engine';
import { describeUnless } from '../../left-out';

// The command itself, with real options, a real browser, and real signals.

jest.setTimeout(300_000);

const ROOT = path.join(__dirname, '..', '..', '..');
const CAT = path.join(ROOT, 'contract', 'photographs', 'cat.jpg');
const FEW = ['--options', 'Ec2,beanstalk/node,WebFunction'];

const noEngine = whyNoEngine();
const whyNotDeployed = missingEmulator();

/** The sandboxes of these tests are not that of the person who runs them. */
let folder: string;
beforeEach(() => {
  mkdirSync(path.join(ROOT, '.cache'), { recursive: true });
  folder = mkdtempSync(path.join(ROOT, '.cache', 'sandbox-test-'));
  // What root starts for PHP runs as another user, which has to get there.
  chmodSync(folder, 0o755);
});
const started: ChildProcess[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await run('down').ended;
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: readonly string[]): StartedSandbox => runWith({}, ...args);

const runWith = (environment: NodeJS.ProcessEnv, ...args: readonly string[]): StartedSandbox =>
  new StartedSandbox({ arguments: args, environment: { ...environment, SANDBOX_FOLDER: folder } });

/** Starts it, and waits until all that can run does. */
const up = (...args: readonly string[]) => upWith({}, ...args);

async function upWith(
  environment: NodeJS.ProcessEnv,
  ...args: readonly string[]
): Promise<{ command: StartedSandbox; child: ChildProcess; url: string }> {
  const command = runWith(environment, ...args);
  started.push(command.process);
  const url = await command.url();
  await command.ready();
  return { command, child: command.process, url };
}

const stateOf = (): SandboxState => JSON.parse(readFileSync(path.join(folder, 'state.json'), 'utf8')) as SandboxState;
const shownAt = async (url: string): Promise<Shown> => (await (await fetch(`${url}state`)).json()) as Shown;

/** A process and every one below it. */
const family = (pid: number): ProcessIdentity[] => [pid, ...descendants(pid)].flatMap((each) => identify(each) ?? []);

function commandLine({ pid }: ProcessIdentity): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // It has ended.
  }
}

/** The addresses that processes listen at, as /proc/net has them: hexadecimal, and 0A is LISTEN. */
function listening(processes: readonly ProcessIdentity[]): string[] {
  const sockets = new Set(
    processes.flatMap(({ pid }) =>
      readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        try {
          return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
        } catch {
          return [];
        }
      }),
    ),
  );
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(
        ([, , , state, , , , , , inode]) => (state === '0A' || table.startsWith('udp')) && sockets.has(inode ?? ''),
      )
      .map(([, local = '']) => `${table} ${local}`),
  );
}
/** 127.0.0.1, ::1 and ::ffff:127.0.0.1, each 32 bits in the order of the machine's bytes. */
const LOOPBACK =
  /^(tcp|udp) 0100007F:|^(tcp|udp)6 (00000000000000000000000001000000|0000000000000000FFFF00000100007F):/;

const executable = findChromium();
describeUnless(
  executable === undefined ? 'there is no Chromium here; install one, or name it in CHROMIUM' : undefined,
  'the sandbox with every option that runs here',
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await startChromium(executable ?? '');
    });
    afterAll(() => browser.close());

    async function faults(page: Page): Promise<unknown> {
      await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
      return page.evaluate(
        `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]))`,
      );
    }

    test('answers a dropped picture by all of them, is accessible, listens on loopback only, and leaves nothing at Ctrl-C', async () => {
      const { command, child, url } = await up();
      const { options } = await shownAt(url);
      expect(options.map(({ name }) => name)).toEqual(SANDBOX_RUNNERS.map(({ name }) => name));
      const named = (state: string): string[] =>
        options.filter((option) => option.state === state).map(({ name }) => name);
      const running = named('running');
      // What takes Node.js alone is there on any machine that runs these tests.
      expect(running).toEqual(expect.arrayContaining(['ec2', 'beanstalk/node', 'lambda', 'web-function']));
      expect([...running, ...named('missing')].sort()).toEqual(SANDBOX_RUNNERS.map(({ name }) => name).sort());
      for (const { name, why } of options.filter(({ state }) => state === 'missing')) {
        expect(`${name}: ${why ?? ''}`).toMatch(/npm run|Start it|Install/);
        expect(command.output).toContain(`${name} is not here: ${why?.split('\n')[0] ?? ''}`);
      }

      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      const complaints: string[] = [];
      const elsewhere: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('request', (request) => {
        if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(url)) elsewhere.push(request.url());
      });
      await page.goto(url);
      await page.getByText(`${running.length} of ${SANDBOX_RUNNERS.length} answer`).waitFor();
      await dropPicture(page, CAT);
      await page.getByText(`All ${running.length} have answered`).waitFor();
      const making = options.filter(({ makesThumbnails }) => makesThumbnails).map(({ name }) => name);
      expect(making.length).toBeGreaterThanOrEqual(4);
      expect(
        await page.evaluate(`Promise.all([...document.querySelectorAll('#answers img')].map(async (image) => {
          await image.decode();
          return [image.alt, image.naturalWidth, image.naturalHeight];
        }))`),
      ).toEqual(making.map((name) => [`Thumbnail by ${name}`, 320, 213]));
      expect(await page.locator('#facts li').count()).toBe(running.length - making.length);
      await page
        .locator('[data-option="Ec2"]')
        .getByText(/^[\d.]+ USD a month$/)
        .waitFor();
      const { idle } = await shownAt(url);
      expect(await page.locator('[data-option="Ec2"] [data-part="idle"]').innerText()).toBe(
        `${idle['Ec2']} USD a month`,
      );
      // As `npm run page-pictures` takes them for the docs.
      const seen: string[] = [];
      const pictures = await photographSandbox(page, folder, async (width, theme) => {
        seen.push(`${width} ${theme}`);
        expect([width, theme, await faults(page)]).toEqual([width, theme, []]);
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
      });
      expect(seen).toEqual(['1280 light', '1280 dark', '360 light', '360 dark']);
      for (const picture of pictures) {
        expect((await readShows(picture)).answered).toEqual(expect.arrayContaining(making.slice(0, 2)));
        rmSync(picture);
      }
      if (whyNotDeployed === undefined) {
        await page.getByText(/3 thumbnails within [\d.]+ m?s of the upload/).waitFor();
        expect(
          await page.evaluate(`Promise.all([...document.querySelectorAll('#made img')].map(async (image) => {
            await image.decode();
            return image.naturalWidth;
          }))`),
        ).toEqual([160, 320, 451]); // the picture itself is no wider
        const own = await browser.newPage();
        await own.goto((await page.locator('[data-runner="lambda/deployed"] a').getAttribute('href')) ?? '');
        await own.setInputFiles('#picture', CAT);
        await own.getByText('320 × 213 pixels', { exact: true }).waitFor();
        expect(new URL(own.url()).hostname).toMatch(/^\w{32}\.lambda-url\.eu-central-1\.localhost$/);
        await own.close();
      }
      expect(complaints).toEqual([]);
      expect(elsewhere).toEqual([]);

      const processes = family(child.pid ?? 0);
      expect(processes.length).toBeGreaterThan(running.length / 2);
      if (existsSync('/proc/net/tcp')) {
        const addresses = listening(processes);
        expect(addresses.length).toBeGreaterThan(running.length);
        expect(addresses.filter((address) => !LOOPBACK.test(address))).toEqual([]);
      }

      expect(await command.interrupt()).toBe(0);
      expect(processes.filter(isRunning)).toEqual([]);
      expect(readdirSync(folder)).toEqual([]);
      await page.getByText('The sandbox has ended. To start it again: npm run sandbox').waitFor();
      await page.close();
    });
  },
);

test('down, from another terminal, ends it and leaves nothing; without one it says so', async () => {
  const { command, child } = await up(...FEW);
  const processes = family(child.pid ?? 0);
  const down = run('down');
  expect(await down.ended).toBe(0);
  expect(down.output).toContain('ended, and everything is taken away');
  expect(await command.ended).toBe(0);
  expect(processes.filter(isRunning)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
  const again = run('down');
  expect(await again.ended).toBe(0);
  expect(again.output).toContain('none runs here');
});

test('a second one is refused with the address of the first, which goes on', async () => {
  const { url } = await up('--options', 'Ec2');
  const second = run('--options', 'Ec2');
  expect(await second.ended).toBe(1);
  expect(second.output).toContain(`A sandbox runs already, at ${url}`);
  expect((await shownAt(url)).options.map(({ state }) => state)).toEqual(['running']);
});

test('what it started ends by itself when the command is killed', async () => {
  const { child } = await up(...FEW);
  const processes = family(child.pid ?? 0);
  expect(processes.length).toBeGreaterThan(4);
  child.kill('SIGKILL');
  while (processes.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 50));
  const next = await up('--options', 'Ec2');
  expect(next.command.output).toContain('an earlier sandbox was not ended in order');
});

test.each([
  ['next start', () => up('--options', 'Ec2')],
  ['down', () => run('down').ended],
])('the %s takes away what is left when command and worker are killed at once', async (_, recover) => {
  const { child } = await up(...FEW);
  const { worker, run: name } = stateOf();
  const processes = family(child.pid ?? 0);
  child.kill('SIGKILL');
  process.kill(worker?.pid ?? 0, 'SIGKILL');
  expect(processes.filter(isRunning).length).toBeGreaterThan(0);
  expect(readdirSync(folder)).toContain(name);
  await recover();
  expect(processes.filter(isRunning)).toEqual([]);
  expect(readdirSync(folder)).not.toContain(name);
});

describeUnless(noEngine, 'the sandbox with a container engine', () => {
  const labelled = async (name: string): Promise<string[]> => {
    const filter = ['--quiet', '--filter', `label=${SANDBOX_LABEL}=${name}`];
    const found = await Promise.all([tryDocker(['ps', '--all', ...filter]), tryDocker(['network', 'ls', ...filter])]);
    return found.flatMap(({ stdout }) => stdout.trim().split('\n')).filter((id) => id !== '');
  };

  test('runs tasks at loopback addresses, and down takes containers and networks away when all of it was killed', async () => {
    const { child, url } = await up('--options', 'Fargate,EcsEc2');
    const { worker, run: name } = stateOf();
    const { options } = await shownAt(url);
    expect(options.map((option) => `${option.name} ${option.state} ${option.url ?? ''}`)).toEqual([
      expect.stringMatching(/^fargate running http:\/\/127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^ecs-ec2 running http:\/\/127\.0\.0\.1:\d+$/),
    ]);
    // A container and a network of each.
    expect(await labelled(name)).toHaveLength(4);
    child.kill('SIGKILL');
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    expect(await run('down').ended).toBe(0);
    expect(await labelled(name)).toEqual([]);
  });
});

test('an interruption while the options are starting leaves nothing', async () => {
  const command = run();
  await command.said(/ answers at /);
  const processes = family(command.process.pid ?? 0);
  command.process.kill('SIGINT');
  expect(await command.ended).toBe(0);
  expect(processes.filter(isRunning)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test('an option that is killed is named, and the others go on', async () => {
  const { command, child, url } = await up('--options', 'Ec2,WebFunction');
  const server = family(child.pid ?? 0).find(({ pid }) => {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    return environment.includes('SERVICE_OPTION=ec2');
  });
  process.kill(server?.pid ?? 0, 'SIGKILL');
  await command.said(/ec2 has ended: the process ended by SIGKILL\. The other options go on/);
  const { options } = await shownAt(url);
  expect(options.map(({ name, state }) => [name, state])).toEqual([
    ['ec2', 'ended'],
    ['web-function', 'running'],
  ]);
  const answers = await (await fetch(`${url}thumbnails?width=64`, { method: 'POST', body: readFileSync(CAT) })).text();
  expect(answers.trim().split('\n')).toHaveLength(1);
  expect(answers).toContain('"name":"web-function","status":200');
});

describeUnless(whyNotDeployed, 'the deployed stack', () => {
  const emulatorOf = (pid: number): ProcessIdentity | undefined =>
    family(pid).find((each) => commandLine(each).includes('/bin/ministack'));

  test('an emulator that dies is named, and the others go on', async () => {
    const { command, child, url } = await up('--options', 'Ec2,lambda/deployed');
    process.kill(emulatorOf(child.pid ?? 0)?.pid ?? 0, 'SIGKILL');
    await command.said(/lambda\/deployed has ended: the emulator ended by SIGKILL\. The other options go on/);
    const body = readFileSync(CAT);
    const answers = await (await fetch(`${url}thumbnails?width=64`, { method: 'POST', body })).text();
    expect(answers.trim().split('\n')).toHaveLength(1);
    expect(answers).toContain('"name":"ec2","status":200');
  });

  test.each(['the emulator starts', 'it is bootstrapped', 'the stack is deployed'])(
    'killed while %s, it leaves nothing behind the next start',
    async (stage) => {
      const command = run('--options', 'lambda/deployed');
      started.push(command.process);
      await command.said(/The page: /);
      const words = { 'the emulator starts': /bin\/ministack/, 'it is bootstrapped': /cdk\0bootstrap/ }[stage];
      const isAt = (): boolean =>
        family(command.process.pid ?? 0).some((each) => (words ?? /cdk\0deploy/).test(commandLine(each)));
      while (!isAt()) await new Promise((resolve) => setTimeout(resolve, 20));
      const processes = family(command.process.pid ?? 0);
      const { worker, run: name } = stateOf();
      command.process.kill('SIGKILL');
      process.kill(worker?.pid ?? 0, 'SIGKILL');
      const next = await up('--options', 'Ec2');
      expect(next.command.output).toContain('an earlier sandbox was not ended in order');
      expect(processes.filter(isRunning)).toEqual([]);
      expect(readdirSync(folder)).not.toContain(name);
    },
  );

  test("a person's own emulator is used in place of one of ours, and is left as it was", async () => {
    const own = await Ministack.start();
    try {
      const { command, url } = await upWith(own.environment, '--options', 'lambda/deployed');
      expect(emulatorOf(command.process.pid ?? 0)).toBeUndefined();
      const { options } = await shownAt(url);
      expect(options.map(({ name, state }) => `${name} ${state}`)).toEqual(['lambda/deployed running']);
      expect(await command.interrupt()).toBe(0);
      const { Stacks = [] } = await new CloudFormationClient(clientSettings(own)).send(new DescribeStacksCommand());
      const left = Stacks.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE');
      expect(left.map(({ StackName }) => StackName)).toEqual(['CDKToolkit']);
    } finally {
      await own.stop();
    }
  });

  test('an AWS_ENDPOINT_URL on another machine is refused by name, and the rest runs', async () => {
    const { command } = await upWith({ AWS_ENDPOINT_URL: 'http://192.0.2.1:4566' }, '--options', 'Ec2,lambda/deployed');
    expect(command.output).toContain('lambda/deployed is not here: AWS_ENDPOINT_URL is "http://192.0.2.1:4566"');
    expect(command.output).toMatch(/ 1 answers, after/);
  });
});

test('a worker that is killed is named, and nothing is left', async () => {
  const { command, child } = await up(...FEW);
  const processes = family(child.pid ?? 0);
  process.kill(stateOf().worker?.pid ?? 0, 'SIGKILL');
  expect(await command.ended).toBe(1);
  expect(command.output).toContain('its process was ended by SIGKILL');
  expect(processes.filter(isRunning)).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test('a busy port is named before anything is started', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const command = run('--port', String(port));
  expect(await command.ended).toBe(1);
  expect(command.output).toContain(`Port ${port} is in use by another program. Choose another`);
  expect(command.output).not.toContain('answers at');
  expect(readdirSync(folder)).toEqual([]);
  server.close();
});

test.each([
  [['--options', 'Lamda'], /"Lamda" is no option that can run here; did you mean Lambda\?/],
  [['up'], /"up": the one word that it takes is down/],
  [['--port', 'high'], /--port is "high": it must be a whole number from 0 to 65535/],
  [['--nonsense'], /Unknown option '--nonsense'/],
])('%j is refused before anything is started', async (args, why) => {
  const command = run(...args);
  expect(await command.ended).toBe(2);
  expect(command.output).toMatch(why);
  expect(readdirSync(folder)).toEqual([]);
});
