import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { STACK_IDS } from '../../lib/app';
import { OUT } from '../../tools/deploy/ask';
import { describeUnless } from '../left-out';
import { AccountServer } from '../tools/deploy/account-server';
import { LoopbackCloudFormation } from './loopback-cloudformation';
import { calls, fake, readWorkflow, recordIn, ROOT, runStep, shellSteps } from './workflow';

// Each shell step of deploy.yml as a runner runs it. The commands are the real ones, but for what needs GitHub, or
// deploys to AWS: those are fakes that record what they are asked.

jest.setTimeout(180_000);

/** Runners of GitHub have it. */
const noJq = spawnSync('jq', ['--version']).status === 0 ? undefined : 'there is no jq';

const deploy = readWorkflow('deploy.yml');
const workspace = mkdtempSync(path.join(tmpdir(), 'compute-workflow-'));
afterAll(() => rmSync(workspace, { recursive: true }));
const folderFor = (name: string): string => {
  const folder = path.join(workspace, name);
  mkdirSync(folder);
  return folder;
};

/** A checkout of this project in which cdk.json sets more options. */
function checkout(folder: string, options: Readonly<Record<string, unknown>> = {}): void {
  mkdirSync(folder, { recursive: true });
  for (const entry of readdirSync(ROOT))
    if (!['cdk.json', 'cdk.out', '.git'].includes(entry)) symlinkSync(path.join(ROOT, entry), path.join(folder, entry));
  const settings = JSON.parse(readFileSync(path.join(ROOT, 'cdk.json'), 'utf8')) as { context: object };
  writeFileSync(
    path.join(folder, 'cdk.json'),
    JSON.stringify({ ...settings, context: { ...settings.context, ...options } }),
  );
}

const tested = new Set<string>();
const run = (job: string, name: string, folder: string, env: Readonly<Record<string, string>> = {}) => {
  tested.add(`${job}: ${name}`);
  return runStep(deploy, job, name, folder, env);
};
test('production deploys and checks by the very steps of the sandbox', () => {
  const steps = (job: string) => shellSteps(deploy).filter((each) => each.job === job);
  expect(steps('production').map((each) => each.run)).toEqual(
    steps('sandbox')
      .filter(({ step }) => step.name !== 'Remove')
      .map((each) => each.run),
  );
});

describe('where the variables are not set', () => {
  const ALL = { AWS_REGION: 'x', AWS_PULL_REQUEST_ROLE: 'x', AWS_SANDBOX_ROLE: 'x', AWS_PRODUCTION_ROLE: 'x' };
  const NONE = { AWS_REGION: '', AWS_PULL_REQUEST_ROLE: '', AWS_SANDBOX_ROLE: '', AWS_PRODUCTION_ROLE: '' };

  test('the workflow is green, and says what it leaves out', async () => {
    const { code, output } = await run('settings', 'Say what is left out', folderFor('none'), NONE);
    expect(code).toBe(0);
    expect(output.trim().split('\n')).toEqual([
      '::notice title=Left out::Everything is left out: the variable AWS_REGION is not set (docs/pipeline.md)',
      '::notice title=Left out::What a pull request changes is left out: the variable AWS_PULL_REQUEST_ROLE is not set (docs/pipeline.md)',
      '::notice title=Left out::The sandbox is left out: the variable AWS_SANDBOX_ROLE is not set (docs/pipeline.md)',
      '::notice title=Left out::Production is left out: the variable AWS_PRODUCTION_ROLE is not set (docs/pipeline.md)',
    ]);
  });

  test('nothing is said where all are set, and one line where one is not', async () => {
    const folder = folderFor('all');
    expect(await run('settings', 'Say what is left out', folder, ALL)).toEqual({ code: 0, output: '' });
    const some = await run('settings', 'Say what is left out', folder, { ...ALL, AWS_PRODUCTION_ROLE: '' });
    expect(some.code).toBe(0);
    expect(some.output).toMatch(/^::notice title=Left out::Production .*\n$/);
  });
});

describe('a pull request', () => {
  const folder = folderFor('pull-request');
  const ENVIRONMENT = { CDK_VALIDATION: 'false' };

  beforeAll(async () => {
    checkout(path.join(folder, 'base'));
    checkout(path.join(folder, 'head'), { 'lambda.memoryMiB': 2048, 'network.natGateways': 1 });
    fake(folder, 'npm', `${recordIn(folder, 'npm')} if (args.at(-1) === 'ci') process.exit(0); real();`);
    const { code, output } = await run('synth', 'Synthesise before and after', folder, {
      ...ENVIRONMENT,
      OPTIONS: '-c name=team -c lambda.timeoutSeconds=20',
    });
    if (code !== 0) throw new Error(output);
  });

  const template = (side: string) =>
    JSON.parse(readFileSync(path.join(folder, 'assembly', side, 'Lambda.template.json'), 'utf8')) as {
      Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
    };
  const service = (side: string) =>
    Object.entries(template(side).Resources).find(
      ([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.startsWith('Service'),
    )?.[1].Properties;

  test('is synthesised before and after, with the options of the sandbox', () => {
    expect(calls(folder, 'npm')).toEqual([
      ['--prefix', 'base', 'ci'],
      ['--prefix', 'head', 'ci'],
    ]);
    expect(service('base')).toMatchObject({ MemorySize: 1024, Timeout: 20 });
    expect(service('head')).toMatchObject({ MemorySize: 2048, Timeout: 20 });
  });

  test('shows what it costs', async () => {
    const { code, output } = await run('synth', 'Compare the costs', folder, { ...ENVIRONMENT, REGION: 'eu-west-1' });
    expect(code).toBe(0);
    const cost = readFileSync(path.join(folder, 'cost.txt'), 'utf8');
    expect(output).toBe(cost);
    expect(cost).toContain('USD a month of 730 hours in eu-west-1');
    expect(cost).toMatch(/^Network +0\.00 +\d+\.\d\d +\+\d+\.\d\d/m);
    expect(cost).toMatch(/memory and time \(requests\): [\d,]+ GB-second.* -> [\d,]+ GB-second/);
  });

  test('of a region without prices fails, and does not pass for a change that costs nothing', async () => {
    const { code, output } = await run('synth', 'Compare the costs', folderWithAssemblies(), {
      ...ENVIRONMENT,
      REGION: 'eu-central-1',
    });
    expect(code).toBe(1);
    expect(output).toContain('There are no prices for the region eu-central-1');
  });

  /** The same workspace under another name, whose files no other test reads. */
  function folderWithAssemblies(): string {
    const other = folderFor('no-prices');
    for (const entry of ['head', 'assembly']) symlinkSync(path.join(folder, entry), path.join(other, entry));
    return other;
  }

  describe('compared with what is deployed', () => {
    const base = () => new Map([['team-Lambda', template('base')]]);
    const compare = async (deployed: ReadonlyMap<string, object>, name: string) => {
      const aws = new LoopbackCloudFormation(deployed);
      await aws.start();
      const here = folderFor(name);
      checkout(here);
      mkdirSync(path.join(here, 'synth', 'assembly'), { recursive: true });
      const uploaded = path.join(here, 'synth', 'assembly', 'head');
      mkdirSync(uploaded);
      // As the artifact has it: files of JSON, and nothing of what the stacks ship.
      for (const file of readdirSync(path.join(folder, 'assembly', 'head')))
        if (file.endsWith('.json')) symlinkSync(path.join(folder, 'assembly', 'head', file), path.join(uploaded, file));
      const result = await run('diff', 'Compare with what is deployed', here, {
        ...aws.environment,
        HOME: here,
        STACKS: 'Lambda',
      });
      await aws.stop();
      return { ...result, asked: [...aws.asked], diff: readFileSync(path.join(here, 'diff.txt'), 'utf8') };
    };

    test('it shows each property, and needs no more than the role that looks up', async () => {
      const { code, diff, asked } = await compare(base(), 'diff');
      expect(diff).toContain('MemorySize');
      expect(diff).toMatch(/\[-\] 1024/);
      expect(diff).toMatch(/\[\+\] 2048/);
      expect(code).toBe(0);
      expect(asked.filter((each) => !/^(own sts|lookup)[ :]/.test(each))).toEqual([]);
      expect(asked).toContain('own sts:AssumeRole');
      expect(asked).toContain('lookup cloudformation:GetTemplate');
    });

    test('a stack that is not deployed yet is all new', async () => {
      const { code, diff } = await compare(new Map(), 'diff-new');
      expect(diff).toMatch(/\[\+\] AWS::Lambda::Function Service/);
      expect(code).toBe(0);
    });
  });
});

describeUnless(noJq, 'the comment', () => {
  const GH = (folder: string): string => `
    ${recordIn(folder, 'gh')}
    const file = ${JSON.stringify(path.join(folder, 'github.json'))};
    const comments = JSON.parse(fs.readFileSync(file, 'utf8'));
    if (args[0] !== 'api' || process.env.GH_TOKEN !== 'token') process.exit(4);
    const method = args.includes('--method') ? args[args.indexOf('--method') + 1] : 'GET';
    const at = args.find((each) => each.startsWith('repos/'));
    if (method === 'GET' && at === 'repos/octo-org/octo-repo/issues/7/comments') {
      // One list a page, as gh writes them.
      for (let page = 0; page * 2 < comments.length || page === 0; page++)
        process.stdout.write(JSON.stringify(comments.slice(page * 2, page * 2 + 2)));
      process.exit(0);
    }
    const body = fs.readFileSync(args[args.indexOf('--field') + 1].replace(/^body=@/, ''), 'utf8');
    if (body.length > 65536) process.exit(1);
    if (method === 'POST' && at === 'repos/octo-org/octo-repo/issues/7/comments')
      comments.push({ id: comments.length + 1, user: { login: 'github-actions[bot]' }, body });
    else if (method === 'PATCH') comments.find(({ id }) => at === 'repos/octo-org/octo-repo/issues/comments/' + id).body = body;
    else process.exit(1);
    fs.writeFileSync(file, JSON.stringify(comments));`;

  interface Comment {
    readonly id: number;
    readonly user: { readonly login: string };
    readonly body: string;
  }
  const pullRequest = (name: string, comments: readonly Comment[] = []): string => {
    const folder = folderFor(name);
    fake(folder, 'gh', GH(folder));
    writeFileSync(path.join(folder, 'github.json'), JSON.stringify(comments));
    writeFileSync(path.join(folder, 'diff.txt'), 'Stack Lambda\n[~] AWS::Lambda::Function Service\n');
    writeFileSync(path.join(folder, 'cost.txt'), 'Lambda  4.56  4.56  0.00\n');
    return folder;
  };
  const comment = async (folder: string, commit = 'abc') => {
    const { code, output } = await run('comment', 'Comment', folder, {
      GH_TOKEN: 'token',
      GITHUB_REPOSITORY: 'octo-org/octo-repo',
      NUMBER: '7',
      COMMIT: commit,
      RUN: 'https://github.com/octo-org/octo-repo/actions/runs/1',
      STACKS: 'Lambda Fargate',
    });
    if (code !== 0) throw new Error(`${code}: ${output}`);
    return JSON.parse(readFileSync(path.join(folder, 'github.json'), 'utf8')) as Comment[];
  };

  test('has the difference of the resources and of the costs', async () => {
    const [only, ...more] = await comment(pullRequest('first'));
    expect(more).toEqual([]);
    expect(only?.body).toBe(
      [
        '<!-- deploy.yml -->',
        '**What this changes in the sandbox**, as of abc ([run](https://github.com/octo-org/octo-repo/actions/runs/1))',
        '',
        '<details open><summary>Resources of Lambda Fargate, by <code>cdk diff</code></summary>',
        '',
        '~~~text',
        'Stack Lambda',
        '[~] AWS::Lambda::Function Service',
        '',
        '~~~',
        '',
        '</details>',
        '',
        '<details open><summary>Costs of all stacks, by <code>npm run cost</code></summary>',
        '',
        '~~~text',
        'Lambda  4.56  4.56  0.00',
        '',
        '~~~',
        '',
        '</details>',
        '',
      ].join('\n'),
    );
  });

  test('is one, which a newer commit writes again, whatever others have written', async () => {
    const others: Comment[] = [
      { id: 1, user: { login: 'github-actions[bot]' }, body: 'of another workflow' },
      { id: 2, user: { login: 'octocat' }, body: '<!-- deploy.yml --> quoted' },
      { id: 3, user: { login: 'octocat' }, body: 'Nice.' },
    ];
    const folder = pullRequest('again', others);
    expect((await comment(folder, 'abc')).map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    const after = await comment(folder, 'def');
    expect(after.slice(0, 3)).toEqual(others);
    expect(after).toHaveLength(4);
    expect(after[3]?.body).toContain('as of def');
  });

  test('takes no more than GitHub does, and says that there is more', async () => {
    const folder = pullRequest('long');
    writeFileSync(path.join(folder, 'diff.txt'), '[+] AWS::IAM::Role Role\n'.repeat(9_000));
    writeFileSync(path.join(folder, 'cost.txt'), 'x'.repeat(90_000));
    const [only] = await comment(folder);
    expect(only?.body.match(/\.\.\. the rest is in the log of the run/g)).toHaveLength(2);
    expect(only?.body).toMatch(/<\/details>\n$/);
  });

  test('keeps what was compared in its block, whatever it holds', async () => {
    const folder = pullRequest('block');
    writeFileSync(path.join(folder, 'diff.txt'), '~~~\n</details>\n@octo-org/everyone\n');
    const [only] = await comment(folder);
    expect(only?.body.match(/^~~~$/gm)).toHaveLength(2);
    expect(only?.body).toContain('~ ~ ~\n</details>\n@octo-org/everyone');
  });

  test('says so where there is nothing to compare with', async () => {
    const folder = pullRequest('failed');
    rmSync(path.join(folder, 'diff.txt'));
    const [only] = await comment(folder);
    expect(only?.body).toContain('~~~text\nIt could not be made: see the log of the run.\n~~~');
    expect(only?.body).toContain('Lambda  4.56');
  });
});

describe('a deployment', () => {
  const DEPLOY = 'Deploy, and hold each address to the contract';
  const npm = (name: string, status = 0): string => {
    const folder = folderFor(name);
    fake(folder, 'npm', `${recordIn(folder, 'npm')} process.exit(${status});`);
    return folder;
  };
  const ENVIRONMENT = { STACKS: 'Lambda Fargate', OPTIONS: '-c preset=production -c name=team' };

  test('takes the stacks and the options that are set, and asks nothing', async () => {
    const folder = npm('deploy');
    expect(await run('sandbox', DEPLOY, folder, ENVIRONMENT)).toEqual({ code: 0, output: '' });
    expect(calls(folder, 'npm')).toEqual([
      ['run', 'deploy', '--', '--yes', '-c', 'preset=production', '-c', 'name=team', 'Lambda', 'Fargate'],
    ]);
  });

  test('that fails, fails the job', async () => {
    expect((await run('sandbox', DEPLOY, npm('deploy-fails', 1), ENVIRONMENT)).code).toBe(1);
    expect((await run('sandbox', 'Remove', npm('remove-fails', 1), ENVIRONMENT)).code).toBe(1);
  });

  test('is removed with all that it was deployed on', async () => {
    const folder = npm('remove');
    expect((await run('sandbox', 'Remove', folder, { OPTIONS: '-c name=team' })).code).toBe(0);
    expect(calls(folder, 'npm')).toEqual([['run', 'destroy', '--', '--yes', '--all', '-c', 'name=team']]);
  });

  test('leaves its report with the run, and nothing that names the account', () => {
    for (const job of ['sandbox', 'production']) {
      const last = deploy.jobs[job]?.steps.at(-1);
      expect(last?.uses).toMatch(/^actions\/upload-artifact@/);
      expect(last?.with?.['path']).toBe(`${OUT}/deployment-*.json`);
      expect(last?.if).toBe('${{ always() }}');
    }
  });

  describe('by the commands themselves, in an account', () => {
    // A server on loopback that has what an account has before a deployment, and refuses what is none.
    let server: AccountServer;
    beforeAll(async () => {
      server = await AccountServer.start({ id: '111122223333' });
    });
    afterAll(() => server.stop());
    const inAccount = (name: string, step: string, env: Readonly<Record<string, string>>) => {
      const folder = folderFor(name);
      checkout(folder);
      return run('sandbox', step, folder, { ...server.environment, CDK_VALIDATION: 'false', ...env });
    };

    test('is refused with what is in the way, before anything is made', async () => {
      const { code, output } = await inAccount('refused', DEPLOY, {
        STACKS: 'Lambda',
        OPTIONS: '-c deploy.accounts=444455556666',
      });
      expect(output).toContain('deploy.accounts allows 444455556666 only');
      expect(code).toBe(1);
      expect(new Set(server.calls)).toEqual(new Set(['sts:GetCallerIdentity']));
    });

    test('that never came to anything is removed without an error, and what is left is looked for', async () => {
      server.calls.length = 0;
      const { code, output } = await inAccount('never', 'Remove', { OPTIONS: '-c name=team' });
      const [, names = ''] = /none of (.*) stands in eu-central-1/.exec(output) ?? [];
      expect(names.split(', ').toSorted()).toEqual(STACK_IDS.map((id) => `team-${id}`).toSorted());
      // What others stand on goes last.
      expect(names).toMatch(/Fargate.*Registry/);
      expect(names).toMatch(/Ec2.*Network/);
      expect(output).not.toContain('Warning');
      expect(output).toContain('Nothing is left that has their tags.');
      expect(code).toBe(0);
      expect(server.calls).toContain('tagging:GetResources');
    });
  });
});

describeUnless(noJq, 'of the workflow', () => {
  test('each shell step is run above', () => {
    // What only installs the packages is what every run of these tests begins with.
    const all = shellSteps(deploy)
      .filter(({ job, run: commands }) => commands !== 'npm ci' && job !== 'production')
      .map(({ job, step, run: commands }) => `${job}: ${step.name ?? commands}`);
    expect([...tested].toSorted()).toEqual(all.toSorted());
  });
});
