import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { main } from '../../tools/beanstalk';
import { startStrictApi, type StrictApi } from '../beanstalk/strict-api';

const ROOT = path.join(__dirname, '..', '..');
const ENVIRONMENT = 'compute-environment';
const APPLICATION = 'compute-application';
const FIRST = 'node-000000000001';
const SECOND = 'node-000000000002';
const THIRD = 'node-000000000003';

let api: StrictApi;
beforeAll(async () => {
  api = await startStrictApi();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: api.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
});
afterAll(() => api.close());

beforeEach(() => {
  const { account } = api;
  account.failing.clear();
  account.events.length = 0;
  api.calls.length = 0;
  account.stacks.set('compute-Beanstalk', {
    outputs: { EnvironmentName: ENVIRONMENT, ApplicationName: APPLICATION, VersionLabel: THIRD },
    resources: {},
  });
  const version = (label: string, day: number) => ({
    label,
    description: `made on day ${String(day)}`,
    bundle: '',
    created: new Date(Date.UTC(2026, 10, day, 12)),
  });
  account.applications.set(APPLICATION, [
    version(SECOND, 2),
    version('python-000000000009', 3),
    version(THIRD, 4),
    version(FIRST, 1),
  ]);
  account.environments.set(ENVIRONMENT, {
    name: ENVIRONMENT,
    application: APPLICATION,
    status: 'Ready',
    health: 'Ok',
    label: THIRD,
    platform: '',
  });
});

const running = (): string | undefined => api.account.environments.get(ENVIRONMENT)?.label;
const updates = (): number => api.calls.filter((call) => call === 'elasticbeanstalk:UpdateEnvironment').length;

/** Runs it, with a person who answers this. */
async function run(
  args: readonly string[],
  answer?: string,
): Promise<{ code: number; printed: string; asked: string[] }> {
  const lines: string[] = [];
  const asked: string[] = [];
  const code = await main(args, {
    print: (line) => lines.push(line),
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(answer);
    },
    pollMs: 0,
  });
  return { code, printed: lines.join('\n'), asked };
}

describe('versions', () => {
  test('lists them, newest first, with what runs and what CloudFormation says', async () => {
    const { code, printed } = await run(['versions']);
    expect(code).toBe(0);
    expect(printed.split('\n')).toEqual([
      'compute-environment in eu-central-1: Ready, Ok',
      '',
      expect.stringMatching(/^version +made \(UTC\) +what/),
      expect.stringMatching(/^-/),
      'node-000000000003    2026-11-04 12:00  made on day 4  runs, in CloudFormation',
      'python-000000000009  2026-11-03 12:00  made on day 3',
      'node-000000000002    2026-11-02 12:00  made on day 2',
      'node-000000000001    2026-11-01 12:00  made on day 1',
    ]);
  });
});

describe('rollback', () => {
  test('says which environment, from what to what, asks, and deploys the version before, to the end', async () => {
    const { code, printed, asked } = await run(['rollback'], 'y');
    expect(printed.split('\n')).toEqual([
      `compute-environment in eu-central-1: from ${THIRD} to ${SECOND}`,
      expect.stringMatching(/^\d\d:\d\d:\d\d {2}INFO {3}Environment update is starting\.$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d {2}INFO {3}Environment update completed successfully\.$/),
      '',
      `compute-environment runs ${SECOND}, health Ok.`,
      `CloudFormation still says ${THIRD}. Before the next deployment brings that back, tell it:`,
      `  npx cdk deploy Beanstalk -c beanstalk.version=${SECOND}`,
    ]);
    expect(asked).toEqual(['Deploy it? [y/N] ']);
    expect(code).toBe(0);
    expect(running()).toBe(SECOND);
  });

  test('twice goes back two versions, and forward again by label', async () => {
    await run(['rollback', '--yes']);
    await run(['rollback', '--yes']);
    expect(running()).toBe(FIRST);
    const { code, printed } = await run(['rollback', THIRD, '--yes']);
    expect(code).toBe(0);
    expect(running()).toBe(THIRD);
    // That is what CloudFormation says too: nothing is left to do.
    expect(printed).not.toContain('CloudFormation');
  });

  test('--yes asks no question', async () => {
    const { asked } = await run(['rollback', FIRST, '--yes']);
    expect(asked).toEqual([]);
    expect(running()).toBe(FIRST);
  });

  test.each([
    ['n', 'Nothing was changed.'],
    ['', 'Nothing was changed.'],
    [undefined, 'There is no terminal to ask on: --yes deploys without asking.'],
  ])('answered with %p, changes nothing', async (answer, said) => {
    const { code, printed } = await run(['rollback'], answer);
    expect(code).toBe(1);
    expect(printed).toContain(said);
    expect(updates()).toBe(0);
  });

  test('to a version that is not there is refused before anything is deployed, with what was meant', async () => {
    const { code, printed } = await run(['rollback', 'node-000000000000', '--yes']);
    expect(code).toBe(1);
    expect(printed).toMatch(
      /^There is no version node-000000000000; did you mean node-00000000000\d\? There are, newest first: node-000000000003, /,
    );
    expect(updates()).toBe(0);
  });

  describe('where versions carry native code', () => {
    const version = (label: string, day: number) => ({
      label,
      description: '',
      bundle: '',
      created: new Date(Date.UTC(2026, 10, day)),
    });
    const onGraviton = 'node-arm64-000000000005';
    beforeEach(() => {
      api.account.applications.set(APPLICATION, [
        version('node-arm64-000000000001', 1),
        version('node-x64-000000000003', 3),
        version(onGraviton, 5),
      ]);
      const environment = api.account.environments.get(ENVIRONMENT);
      if (environment) environment.label = onGraviton;
    });

    test('goes to the version before for the same processor', async () => {
      const { printed } = await run(['rollback', '--yes']);
      expect(printed).toContain(`from ${onGraviton} to node-arm64-000000000001`);
    });

    test('to one for another processor is refused, with the deployment that changes both', async () => {
      const { code, printed } = await run(['rollback', 'node-x64-000000000003', '--yes']);
      expect(code).toBe(1);
      expect(printed).toBe(
        'node-x64-000000000003 has native code for x64, and the instances of compute-environment are arm64. Deploy ' +
          'both, such as: npx cdk deploy Beanstalk -c beanstalk.instanceTypes=t3.small ' +
          '-c beanstalk.version=node-x64-000000000003',
      );
      expect(updates()).toBe(0);
    });

    test('to one without, which runs on any, is not', async () => {
      api.account.applications.get(APPLICATION)?.push(version('node-000000000004', 4));
      const { printed } = await run(['rollback', '--yes']);
      expect(printed).toContain(`from ${onGraviton} to node-000000000004`);
    });
  });

  test('to a version of another platform is refused, with the deployment that changes both', async () => {
    const { code, printed } = await run(['rollback', 'python-000000000009', '--yes']);
    expect(code).toBe(1);
    expect(printed).toContain(
      'npx cdk deploy Beanstalk -c beanstalk.platform=python -c beanstalk.version=python-000000000009',
    );
    expect(updates()).toBe(0);
  });

  test.each(['Updating', 'Launching'] as const)(
    'while the environment is %s is refused, with what can be done',
    async (status) => {
      const environment = api.account.environments.get(ENVIRONMENT);
      if (environment) environment.status = status;
      const { code, printed } = await run(['rollback', '--yes']);
      expect(code).toBe(1);
      expect(printed).toBe(
        `compute-environment is ${status}: it takes a version when it is Ready. Wait until then, or call off what is ` +
          'under way: aws elasticbeanstalk abort-environment-update --environment-name compute-environment',
      );
      expect(updates()).toBe(0);
    },
  );

  test('where another deployment was quicker ends with what Elastic Beanstalk says', async () => {
    const environment = api.account.environments.get(ENVIRONMENT);
    const terminal = {
      print: jest.fn(),
      // While the person thinks it over.
      ask: () => {
        if (environment) environment.status = 'Updating';
        return Promise.resolve('yes');
      },
      pollMs: 0,
    };
    expect(await main(['rollback'], terminal)).toBe(1);
    expect(terminal.print).toHaveBeenLastCalledWith(
      'Environment named compute-environment is in an invalid state for this operation. Must be Ready.',
    );
    expect(running()).toBe(THIRD);
  });

  test('that Elastic Beanstalk takes back has failed, and says what runs', async () => {
    api.account.failing.add(SECOND);
    const { code, printed } = await run(['rollback', '--yes']);
    expect(code).toBe(1);
    expect(printed).toContain('ERROR  Failed to deploy application.');
    expect(printed).toContain(`It failed: compute-environment runs ${THIRD}.`);
  });

  test('to what runs already does nothing', async () => {
    const { code, printed } = await run(['rollback', THIRD, '--yes']);
    expect(code).toBe(0);
    expect(printed).toBe(`compute-environment in eu-central-1 runs ${THIRD} already.`);
    expect(updates()).toBe(0);
  });

  test('from the first version is refused: there is none before', async () => {
    await run(['rollback', FIRST, '--yes']);
    const { code, printed } = await run(['rollback', '--yes']);
    expect(code).toBe(1);
    expect(printed).toContain(`There is no version before ${FIRST}.`);
  });
});

describe('what is not there', () => {
  test('a stack that was never deployed', async () => {
    const { code, printed } = await run(['versions', '--name', 'other']);
    expect(code).toBe(1);
    expect(printed).toBe(
      'There is no stack other-Beanstalk in eu-central-1. Deploy it with npx cdk deploy Beanstalk, or set --name or ' +
        'AWS_REGION to where it is.',
    );
  });

  test('a stack whose deployment failed', async () => {
    api.account.stacks.set('compute-Beanstalk', { outputs: {}, resources: {} });
    expect((await run(['versions'])).printed).toContain('The stack compute-Beanstalk has no environment');
  });

  test('an environment that was terminated', async () => {
    api.account.environments.clear();
    expect((await run(['rollback', '--yes'])).printed).toBe('There is no environment compute-environment any more.');
  });
});

test.each([
  [[], 'A command is missing.'],
  [['rolback'], '"rolback" is no command; did you mean rollback?'],
  [['version'], '"version" is no command; did you mean versions?'],
  [['deploy'], '"deploy" is no command.'],
  [['versions', 'all'], 'versions takes no argument, and was given "all".'],
  [['rollback', 'a', 'b'], 'rollback takes one label at most, and was given "a" "b".'],
  [['rollback', '--force'], "Unknown option '--force'"],
])('%p is not understood, and answered with why, and with what is', async (args, why) => {
  const { code, printed } = await run(args);
  expect(code).toBe(2);
  expect(printed.startsWith(why)).toBe(true);
  expect(printed).toContain('\n\nLooks after the versions');
  expect(printed).toContain('npm run beanstalk -- rollback <label>');
});

test.each([['--help'], ['-h'], ['rollback', '--help']])(
  '%s %s says what there is, and does nothing',
  async (...args) => {
    const { code, printed } = await run(args.filter((arg) => typeof arg === 'string'));
    expect(code).toBe(0);
    expect(printed).toMatch(/^Looks after the versions/);
    expect(api.calls).toEqual([]);
  },
);

describe('with nothing set that says where', () => {
  let before: NodeJS.ProcessEnv;
  beforeEach(() => {
    before = { ...process.env };
    for (const name of Object.keys(before).filter((each) => each.startsWith('AWS_')))
      Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: api.url,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
    });
  });
  afterEach(() => {
    for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'AWS_EC2_METADATA_DISABLED'])
      Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
  });

  test('says how to set a region', async () => {
    const { code, printed } = await run(['versions']);
    expect(code).toBe(1);
    expect(printed).toBe(
      'No AWS region is set: set AWS_REGION to the one of the stack, or AWS_PROFILE to a profile that has it.',
    );
  });

  test('says how to get credentials', async () => {
    process.env['AWS_REGION'] = 'eu-central-1';
    const { code, printed } = await run(['versions']);
    expect(code).toBe(1);
    expect(printed).toBe(
      'There are no valid AWS credentials (Could not load credentials from any providers). Set AWS_PROFILE to a ' +
        'profile that has some; one of IAM Identity Center is signed in to with: aws sso login',
    );
    expect(api.calls).toEqual([]);
  });
});

describe('npm run beanstalk:samples', () => {
  const samples = (...args: string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', 'tools/beanstalk-samples.ts', ...args], {
      cwd: ROOT,
      encoding: 'utf8',
    });

  test('--help says what there is, and builds nothing', () => {
    const { status, stdout, stderr } = samples('java', '--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Builds the samples[^]*Platforms: node, python, java/);
  });

  test('a platform that is none is refused, with what was meant', () => {
    const { status, stderr } = samples('pyton', 'cobol');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^"pyton" is no platform; did you mean python\?\n"cobol" is no platform\.\n\nBuilds/);
  });
});

test.each([
  ['go version go1.19.8 linux/amd64', 'the sample takes go 1.24 or newer, and this machine has go 1.19'],
  ['go version go1.24 linux/arm64', undefined],
  ['go version go1.100.2 linux/amd64', undefined],
  ['', 'the sample takes go 1.24 or newer, and this machine has one that tells no version'],
])('where go says %p, the go sample lacks %p', (said, lacks) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'go-'));
  try {
    writeFileSync(path.join(folder, 'go'), `#!/bin/sh\necho '${said}'\n`, { mode: 0o755 });
    const program = `console.log(require('./tools/beanstalk-toolchains.ts').sampleOf('go').lacks)`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--eval', program], {
      cwd: ROOT,
      env: { ...process.env, PATH: `${folder}${path.delimiter}${process.env['PATH'] ?? ''}` },
      encoding: 'utf8',
    });
    expect([stdout.trim(), stderr]).toEqual([String(lacks), '']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('npm run beanstalk without a terminal changes nothing', async () => {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const child = spawn('sh', ['-c', `${scripts['beanstalk'] ?? 'false'} rollback`], {
    cwd: ROOT,
    env: { ...process.env, PATH: `${path.join(ROOT, 'node_modules', '.bin')}:${process.env['PATH'] ?? ''}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect(output).toBe(
    `compute-environment in eu-central-1: from ${THIRD} to ${SECOND}\n` +
      'There is no terminal to ask on: --yes deploys without asking.\n',
  );
  expect(code).toBe(1);
  expect(updates()).toBe(0);
});
