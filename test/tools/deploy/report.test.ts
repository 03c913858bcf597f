import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { shownOptions, regionProblems, confirm } from '../../../tools/deploy/ask';
import { keepProtection } from '../../../tools/deploy/assembly';
import { contractCounts, endpointsOf } from '../../../tools/deploy/endpoints';
import { protectionOf } from '../../../tools/deploy/protection';
import { newestReport, writeReport, type DeploymentReport } from '../../../tools/deploy/report';
import { describePrice } from '../../../tools/deploy/price';
import { Stage } from '../../../tools/deploy/stage';
import { readConfig } from '../../../lib/app';
import { writeWhole } from '../../../packaging/write-whole';

const report = JSON.parse(readFileSync(path.join(__dirname, 'contributed', '1.json'), 'utf8')) as DeploymentReport;

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'deployed-'))));
afterEach(() => rmSync(folder, { recursive: true }));

test('a report is written whole, and the newest that is not complete is found again', () => {
  const open = { ...report, minutesToDestroy: null, left: null };
  writeReport(folder, { ...open, date: '2026-11-20T09:30:00.000Z' });
  writeReport(folder, { ...open, date: '2026-11-21T09:30:00.000Z' });
  writeReport(folder, { ...report, date: '2026-11-22T09:30:00.000Z' });
  expect(readdirSync(folder)).toEqual([20, 21, 22].map((day) => `deployment-2026-11-${day}T09-30-00Z.json`));
  expect(newestReport(folder, ['Fargate'], 'eu-central-1')?.date).toBe('2026-11-21T09:30:00.000Z');
  expect(newestReport(folder, ['Lambda'], 'eu-central-1')).toBeUndefined();
  expect(newestReport(folder, ['Fargate'], 'us-east-1')).toBeUndefined();
  expect(newestReport(path.join(folder, 'none'), ['Fargate'], 'eu-central-1')).toBeUndefined();
});

test('a report says of whom nothing: an account in it is refused, and texts of the user are only set', () => {
  expect(() => writeReport(folder, { ...report, account: '111122223333' } as never)).toThrow();
  expect(
    shownOptions({
      'ec2.plan': 'spot',
      'lambda.memoryMiB': '512',
      'alarms.email': 'somebody@example.com',
      'deploy.accounts': '111122223333',
      'access.certificateArn': 'arn:aws:acm:eu-central-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef',
    }),
  ).toEqual({
    'ec2.plan': 'spot',
    'lambda.memoryMiB': '512',
    'alarms.email': '(set)',
    'deploy.accounts': '(set)',
    'access.certificateArn': '(set)',
  });
});

test('without a terminal nothing is asked, and nothing goes on', async () => {
  await expect(confirm('Deploy?', new AbortController().signal)).rejects.toThrow(
    'There is no terminal to ask on, so nothing was changed. Add --yes',
  );
});

test('an interruption ends with 130 and what it leaves, at every stage', async () => {
  const said: string[] = [];
  const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  const interruption = new AbortController();
  const stage = new Stage('deploy');
  const interrupt = (): never => {
    interruption.abort();
    throw interruption.signal.reason;
  };
  expect(await stage.run(() => Promise.resolve().then(interrupt), interruption.signal)).toBe(130);
  stage.reach('CloudFormation goes on');
  expect(await stage.run(() => Promise.resolve(0), interruption.signal)).toBe(130);
  write.mockRestore();
  expect(said).toEqual(['deploy: interrupted; nothing was changed\n', 'deploy: interrupted; CloudFormation goes on\n']);
});

test('production is protected once it stands, the sandbox stays as it is, and an option decides', () => {
  const of = (options: Record<string, unknown>): boolean | undefined => {
    const { values, given } = readConfig(options);
    return protectionOf({ config: values, set: given });
  };
  expect([of({}), of({ protect: true }), of({ preset: 'production' })]).toEqual([undefined, true, true]);
  expect(of({ preset: 'production', protect: false })).toBe(false);
});

test('the CLI is given the protection that stacks have now: none where they are new', () => {
  const properties = (stackName: string) => ({ stackName, terminationProtection: true });
  const artifacts = {
    Lambda: { type: 'aws:cloudformation:stack', properties: properties('compute-Lambda') },
    Network: { type: 'aws:cloudformation:stack', properties: properties('compute-Network') },
    Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } },
  };
  writeWhole(path.join(folder, 'manifest.json'), JSON.stringify({ version: '55.0.0', artifacts }));
  keepProtection(folder, new Map([['compute-Network', true]]));
  const written = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as {
    artifacts: typeof artifacts;
  };
  expect(written.artifacts.Lambda.properties.terminationProtection).toBe(false);
  expect(written.artifacts.Network.properties.terminationProtection).toBe(true);
  expect(written.artifacts.Tree).toEqual(artifacts.Tree);
});

test('a region is held to the rules of each stack, with the options that are given', () => {
  expect(regionProblems(['Lambda', 'Network'], {}, 'eu-central-1')).toEqual([]);
  expect(regionProblems(['Lambda', 'Network'], {}, 'ap-southeast-7')).toEqual([
    expect.stringMatching(/^Lambda: region = ap-southeast-7: Lambda has no function URLs there/),
  ]);
});

test('the price is for a month and an hour, and of another region where there is none', () => {
  const template = { Resources: { It: { Type: 'AWS::EC2::EIP' } } };
  expect(describePrice([{ id: 'Ec2', template }], 'us-east-1')).toEqual([
    // 730 x 0.005
    'USD 3.65 a month and 0.01 for the first hour, idle and before tax (Ec2 3.65); requests come on top: npm run cost',
  ]);
  expect(describePrice([{ id: 'Ec2', template }], 'sa-east-1')).toContain(
    'There are no prices of sa-east-1 here, so that these are those of us-east-1.',
  );
});

test('the counts of the contract are those of its last line', () => {
  expect(contractCounts('Tests:       1 failed, 103 passed, 104 total\n')).toEqual({ passed: 103, failed: 1 });
  expect(contractCounts('Tests:       104 passed, 104 total\n')).toEqual({ passed: 104, failed: 0 });
  expect(contractCounts('does not answer')).toBeNull();
});

test('endpoints are those of the stacks that were deployed, and none is no fault', () => {
  const outputs = {
    'compute-Lambda': { Url: 'https://x.lambda-url.eu-central-1.on.aws/', QueueUrl: 'https://sqs.example.com' },
    'compute-Network': { VpcId: 'vpc-1' },
    'another-Lambda': { Url: 'https://example.com' },
  };
  const names = new Map([
    ['Lambda', 'compute-Lambda'],
    ['Network', 'compute-Network'],
  ]);
  expect(endpointsOf({ 'compute-Network': { VpcId: 'vpc-1' } }, names)).toEqual([]);
  expect(endpointsOf(outputs, names).map(({ url }) => url)).toContain('https://x.lambda-url.eu-central-1.on.aws');
  expect(endpointsOf(outputs, names).map(({ url }) => url)).not.toContain('https://example.com');
});
