import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { CfnFunction, CfnUrl } from 'aws-cdk-lib/aws-lambda';
import { compare } from '../../../tools/cost/compare';
import { describeDifference, readAssembly } from '../../../tools/cost/difference';
import { NOTHING, templateOf, US_EAST_1, type Resources } from './priced';

type Stacks = Readonly<Record<string, Resources>>;
const compared = (stacks: Stacks) =>
  compare(
    Object.entries(stacks).map(([id, resources]) => ({
      id,
      template: templateOf(resources),
      needs: [],
      problems: [],
    })),
    { load: { ...NOTHING, requests: 1e6 }, book: US_EAST_1, freeTier: false },
  );
const difference = (before: Stacks, after: Stacks): string => describeDifference(compared(before), compared(after));

const instance = (InstanceType: string, id = 'Instance'): Resources => ({
  [id]: { Type: 'AWS::EC2::Instance', Properties: { InstanceType } },
});
const gateway: Resources = { Nat: { Type: 'AWS::EC2::NatGateway', Properties: {} } };

// Each instance has a volume of 8 GB, for 0.64 USD.
test('a larger instance is a row with both costs and their difference, and a line with the reason', () => {
  const text = difference({ Ec2: instance('t4g.micro') }, { Ec2: instance('t4g.small') });
  expect(text).toMatch(/^Ec2 +6\.77 +12\.90 +\+6\.13 +6\.77 +12\.90 +\+6\.13$/m);
  expect(text).toContain('  Instance, instance t4g.micro: 730 hour, 6.13 (idle 6.13) -> nothing');
  expect(text).toContain('  Instance, instance t4g.small: nothing -> 730 hour, 12.26 (idle 12.26)');
});

test('what is saved has its sign, and all stacks have a sum', () => {
  const text = difference(
    { Ec2: instance('t4g.small'), Network: {} },
    { Ec2: instance('t4g.micro'), Network: gateway },
  );
  expect(text).toMatch(/^Ec2 +12\.90 +6\.77 +-6\.13 /m);
  expect(text).toMatch(/^all of them +12\.90 +39\.62 +\+26\.72 /m);
});

test('a new stack and one that is gone are named, with all that they cost', () => {
  const text = difference({ Old: gateway }, { New: instance('t4g.micro') });
  expect(text).toMatch(/^New +0\.00 +6\.77 +\+6\.77/m);
  expect(text).toMatch(/^Old +32\.85 +0\.00 +-32\.85/m);
  expect(text).toMatch(/^New is new$/m);
  expect(text).toMatch(/^Old is gone$/m);
});

test('stacks that cost what they did have no row, and are counted', () => {
  const text = difference(
    { Ec2: instance('t4g.micro'), Other: gateway },
    { Ec2: instance('t4g.micro'), Other: { ...gateway, Second: { Type: 'AWS::EC2::NatGateway', Properties: {} } } },
  );
  expect(text).not.toMatch(/^Ec2/m);
  expect(text).toContain('1 stack costs what it did.');
  expect(difference({ Ec2: gateway }, { Ec2: gateway })).toBe(
    'The change costs nothing and saves nothing. 1 stack costs what it did.',
  );
});

test('other user data, which is in the id of an instance, is no other cost', () => {
  const [before, after] = ['InstanceC1063A87eadafd9a9e0d8bcb', 'InstanceC1063A87788870dc9d7586b5'];
  expect(difference({ Ec2: instance('t4g.micro', before) }, { Ec2: instance('t4g.micro', after) })).toBe(
    'The change costs nothing and saves nothing. 1 stack costs what it did.',
  );
});

test('what is not priced is said where the change brings it, and not where it was there before', () => {
  const database = { Database: { Type: 'AWS::RDS::DBInstance' } };
  const gap = 'not priced: Database (AWS::RDS::DBInstance): there is no pricing rule for this type';
  expect(difference({ Ec2: {} }, { Ec2: database })).toContain(gap);
  expect(difference({ Ec2: database }, { Ec2: { ...database, ...gateway } })).not.toContain(gap);
});

describe('an assembly', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'cost-assembly-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('is read from its folder: stacks, templates and what they need', () => {
    const app = new App({ outdir: path.join(folder, 'cdk.out'), analyticsReporting: false, treeMetadata: false });
    const below = new Stack(app, 'Below');
    const above = new Stack(app, 'Above');
    const fn = new CfnFunction(above, 'Function', {
      code: { zipFile: 'exports.handler = () => {}' },
      role: 'arn:aws:iam::111122223333:role/role',
      memorySize: 1_024,
    });
    new CfnUrl(above, 'Url', { authType: 'AWS_IAM', targetFunctionArn: fn.attrArn });
    above.addStackDependency(below);
    app.synth();
    const stacks = readAssembly(path.join(folder, 'cdk.out'));
    expect(stacks.map(({ id, needs, problems }) => ({ id, needs, problems }))).toEqual(
      expect.arrayContaining([
        { id: 'Below', needs: [], problems: [] },
        { id: 'Above', needs: ['Below'], problems: [] },
      ]),
    );
    expect(stacks.find(({ id }) => id === 'Above')?.template.ofType('AWS::Lambda::Function')).toHaveLength(1);
  });

  test('that is not there is refused with what makes one', () => {
    expect(() => readAssembly(path.join(folder, 'nothing'))).toThrow(/holds no assembly: give the folder that npx cdk/);
  });
});
