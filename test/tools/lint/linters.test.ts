import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isOffered } from '../../../lib/shared/regions';
import { LINTERS, runCfnLint, runCheckov } from '../../../tools/lint/linters';
import { writeTemplates } from '../../../tools/lint/templates';
import { describeUnless } from '../../left-out';

const python = LINTERS.command('python');
const reason =
  python === undefined
    ? 'cfn-lint and checkov are not installed, which takes Python 3 with venv and pip. Run: npm run lint:templates'
    : undefined;

/** A queue without a resource property that exists, and a bucket that is open to everybody. */
const BAD = {
  Resources: {
    Pictures: { Type: 'AWS::S3::Bucket', Properties: { AccessControl: 'PublicRead' } },
    Uploads: { Type: 'AWS::SQS::Queue', Properties: { VisibleFor: 30 } },
    Url: {
      Type: 'AWS::Lambda::Url',
      Properties: { AuthType: 'AWS_IAM', TargetFunctionArn: 'arn:aws:lambda:us-east-1:111122223333:function:x' },
    },
  },
};

describeUnless(reason, 'the linters of templates', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'compute-linters-'));
  const group = { folder: path.join(root, 'all'), regions: ['us-east-1', 'us-gov-west-1'] };
  mkdirSync(path.join(group.folder, 'sandbox'), { recursive: true });
  writeFileSync(path.join(group.folder, 'sandbox', 'Bad.json'), JSON.stringify(BAD));
  afterAll(() => rmSync(root, { recursive: true }));

  test('cfn-lint names what the resource schemas do not have, and the region that lacks a type', async () => {
    const found = await runCfnLint([group]);
    expect(found.map(({ rule, template, resource }) => `${rule} ${template} ${resource}`)).toEqual(
      expect.arrayContaining(['E3002 sandbox Bad Uploads', 'E3006 sandbox Bad Url']),
    );
    expect(found.find(({ rule }) => rule === 'E3006')?.message).toContain("'us-gov-west-1'");
  }, 120_000);

  test('checkov names the bucket that everybody can read', async () => {
    const found = await runCheckov(root);
    expect(found.map(({ rule, template, resource }) => `${rule} ${template} ${resource}`)).toContain(
      'CKV_AWS_20 sandbox Bad Pictures',
    );
  }, 120_000);

  test('a region is refused at synth wherever CloudFormation has no such resource type there', () => {
    const packages = path.join(path.dirname(python ?? ''), '..', 'lib');
    const [version = ''] = readdirSync(packages);
    const schemas = path.join(packages, version, 'site-packages', 'cfnlint', 'data', 'schemas', 'providers');
    const without = (type: string): string[] =>
      readdirSync(schemas)
        .map((file) => path.basename(file, '.json'))
        // Of isolated partitions there are no schemas, only names; the model of SAM is no region.
        .filter((region) => /^(?!us-iso|eu-isoe|eusc|sam$)/.test(region))
        .filter((region) => {
          const types = JSON.parse(readFileSync(path.join(schemas, `${region}.json`), 'utf8')) as object;
          return !Object.hasOwn(types, type);
        });
    expect(without('AWS::Lambda::WebFunction').filter((region) => isOffered('webFunctions', region))).toEqual([]);
    expect(without('AWS::Lambda::Url').filter((region) => isOffered('functionUrls', region))).toEqual([]);
    expect(without('AWS::CodeBuild::Project').filter((region) => isOffered('codeBuild', region))).toEqual([]);
  });
});

test('a template is written once, for the regions in which its stack is not refused', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'compute-templates-'));
  const { groups, names, leftOut } = writeTemplates(root, ['sandbox'], ['us-east-1', 'cn-north-1']);
  const written = groups.flatMap(({ folder, regions }) =>
    readdirSync(path.join(folder, 'sandbox')).map((file) => `${file} ${regions.join()}`),
  );
  rmSync(root, { recursive: true });
  expect(written).toHaveLength(names.length);
  expect(written).toEqual(
    expect.arrayContaining([
      'EcsEc2.json us-east-1,cn-north-1',
      'Fargate.json us-east-1', // Spot on Graviton, which China has not
      'Lambda.json us-east-1',
      'WebFunction.json us-east-1',
    ]),
  );
  expect([...leftOut.values()].flat()).toContain('sandbox Lambda');
});
