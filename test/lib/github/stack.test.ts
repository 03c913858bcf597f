import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { addGitHubStack } from '../../../lib/github/options';
import { ownApp } from '../../own-app';
import { resources, statements } from '../../synthesis';
import { snapshotOf } from '../../template';

const REPOSITORY = { 'github.repository': 'octo-org/octo-repo' };
const PROVIDER_ARN = 'arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com';

const { stack, problemsWith } = ownApp(addGitHubStack);

const template = (options: Readonly<Record<string, unknown>> = {}): Template =>
  Template.fromStack(stack({ ...REPOSITORY, ...options }));

interface Trust {
  readonly Action: string;
  readonly Effect: string;
  readonly Principal: unknown;
  readonly Condition: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The statement of each role that says whom it trusts, by the first word of the role's description. */
const trusts = (of: Template): Readonly<Record<string, Trust>> =>
  Object.fromEntries(
    resources(of, 'AWS::IAM::Role').map(({ Properties = {} }): [string, Trust] => {
      const { Description, AssumeRolePolicyDocument } = Properties as RoleProperties;
      const [trust, ...more] = AssumeRolePolicyDocument.Statement;
      if (trust === undefined || more.length > 0) throw new Error('a role trusts by one statement');
      return [Description.replace(/ .*/, ''), trust];
    }),
  );
interface RoleProperties {
  readonly Description: string;
  readonly AssumeRolePolicyDocument: { readonly Statement: readonly Trust[] };
}

/** The ARNs of a template, with pseudo parameters by their names. */
const arns = (resource: unknown): string[] =>
  [resource]
    .flat()
    .map((each) =>
      typeof each === 'string'
        ? each
        : (each as { 'Fn::Join': [string, (string | { Ref: string })[]] })['Fn::Join'][1]
            .map((part) => (typeof part === 'string' ? part : part.Ref))
            .join(''),
    );

/** The resources of the statements with an action. */
const allowed = (of: Template, action: string): string[] =>
  statements(of)
    .filter(({ Action }) => [Action].flat().includes(action))
    .flatMap(({ Resource }) => arns(Resource));

test('snapshot', () => expect(snapshotOf(template().toJSON())).toMatchSnapshot());

/** A trust in tokens of the provider, less its conditions. */
const TOKENS = {
  Effect: 'Allow',
  Action: 'sts:AssumeRoleWithWebIdentity',
  Principal: { Federated: { Ref: expect.stringMatching(/^Provider/) as string } },
};

test('a job gets a role of one repository, one environment and one branch, or of its pull requests; all are equalities', () => {
  expect(trusts(template())).toEqual({
    Deploys: {
      ...TOKENS,
      Condition: {
        StringEquals: {
          'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
          'token.actions.githubusercontent.com:sub': 'repo:octo-org/octo-repo:environment:sandbox',
          'token.actions.githubusercontent.com:ref': 'refs/heads/main',
        },
      },
    },
    Compares: {
      ...TOKENS,
      Condition: {
        StringEquals: {
          'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
          'token.actions.githubusercontent.com:sub': 'repo:octo-org/octo-repo:pull_request',
        },
      },
    },
  });
});

test('environment, branch and a repository with immutable subject claims are those of the tokens', () => {
  const { Deploys } = trusts(
    template({
      'github.repository': 'octo-org@123456/octo-repo@456789',
      'github.environment': 'production',
      'github.branch': 'release/1',
    }),
  );
  expect(Deploys?.Condition['StringEquals']).toMatchObject({
    'token.actions.githubusercontent.com:sub': 'repo:octo-org@123456/octo-repo@456789:environment:production',
    'token.actions.githubusercontent.com:ref': 'refs/heads/release/1',
  });
});

test('a deployment assumes the roles of cdk bootstrap, and a pull request the one that looks up', () => {
  const role = (kind: string): string =>
    `arn:AWS::Partition:iam::AWS::AccountId:role/cdk-hnb659fds-${kind}-role-AWS::AccountId-AWS::Region`;
  const [deployment, pullRequest, ...more] = statements(template()).filter(({ Action }) => Action === 'sts:AssumeRole');
  expect(arns(deployment?.Resource)).toEqual([
    role('deploy'),
    role('file-publishing'),
    role('image-publishing'),
    role('lookup'),
  ]);
  expect(arns(pullRequest?.Resource)).toEqual([role('lookup')]);
  expect(more).toEqual([]);
});

test('with its own qualifier, name and regions, they are in every ARN', () => {
  const other = template({ name: 'copy', 'github.qualifier': 'team', 'github.regions': 'eu-central-1, us-east-1' });
  expect(new Set(allowed(other, 'sts:AssumeRole'))).toEqual(
    new Set(
      ['deploy', 'file-publishing', 'image-publishing', 'lookup'].flatMap((kind) =>
        ['eu-central-1', 'us-east-1'].map(
          (region) => `arn:AWS::Partition:iam::AWS::AccountId:role/cdk-team-${kind}-role-AWS::AccountId-${region}`,
        ),
      ),
    ),
  );
  expect(allowed(other, 'ssm:GetParameter')).toEqual(
    ['eu-central-1', 'us-east-1'].map(
      (region) => `arn:AWS::Partition:ssm:${region}:AWS::AccountId:parameter/cdk-bootstrap/team/version`,
    ),
  );
  expect(allowed(other, 'cloudformation:GetTemplate')).toEqual(
    ['eu-central-1', 'us-east-1'].map(
      (region) => `arn:AWS::Partition:cloudformation:${region}:AWS::AccountId:stack/copy-*/*`,
    ),
  );
});

test('beside roles that it assumes, a role reads, may protect the stacks of the app, and has no managed policy', () => {
  const actions = statements(template())
    .flatMap(({ Action }) => Action)
    .filter((action) => !['sts:AssumeRole', 'cloudformation:UpdateTerminationProtection'].includes(action));
  expect(actions).not.toHaveLength(0);
  for (const action of actions) expect(action).toMatch(/:(Describe|Get|List)\w+$/);
  expect(allowed(template(), 'cloudformation:UpdateTerminationProtection')).toEqual([
    'arn:AWS::Partition:cloudformation:AWS::Region:AWS::AccountId:stack/compute-*/*',
  ]);
  for (const { Properties } of resources(template(), 'AWS::IAM::Role')) {
    expect(Properties?.['ManagedPolicyArns']).toBeUndefined();
    // Whole days of credentials would be a stored key.
    expect(Properties?.['MaxSessionDuration']).toBeUndefined();
  }
});

test('what npm run deploy and npm run destroy ask of AWS by themselves, a deployment may, and no more', () => {
  const folder = path.join(__dirname, '..', '..', '..', 'tools', 'deploy');
  const services: Readonly<Record<string, string>> = {
    'elastic-load-balancing-v2': 'elasticloadbalancing',
    'resource-groups-tagging-api': 'tag',
    'service-quotas': 'servicequotas',
  };
  const asked = readdirSync(folder).flatMap((name) => {
    const code = readFileSync(path.join(folder, name), 'utf8');
    return [...code.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-([\w-]+)'/g)].flatMap(
      ([, names = '', client = '']) =>
        [...names.matchAll(/\b(?:paginate(\w+)|(\w+)Command)\b/g)].map(
          ([, pages, command]) => `${services[client] ?? client}:${pages ?? command ?? ''}`,
        ),
    );
  });
  const may = statements(template())
    .flatMap(({ Action }) => Action)
    .filter((action) => action !== 'sts:AssumeRole');
  // IAM has no say in it: everybody may ask who they are.
  expect([...new Set(asked)].filter((action) => action !== 'sts:GetCallerIdentity').toSorted()).toEqual(may.toSorted());
});

test('the provider is for the audience of STS alone, and one that exists is used in its place', () => {
  template().hasResourceProperties('AWS::IAM::OIDCProvider', {
    Url: 'https://token.actions.githubusercontent.com',
    ClientIdList: ['sts.amazonaws.com'],
  });
  const given = template({ 'github.providerArn': PROVIDER_ARN });
  given.resourceCountIs('AWS::IAM::OIDCProvider', 0);
  expect(Object.values(trusts(given)).map(({ Principal }) => Principal)).toEqual([
    { Federated: PROVIDER_ARN },
    { Federated: PROVIDER_ARN },
  ]);
});

test('without a role for pull requests, there is the one that deploys', () => {
  const production = template({ 'github.pullRequests': false });
  expect(Object.keys(trusts(production))).toEqual(['Deploys']);
  expect(Object.keys(production.findOutputs('*'))).toEqual(['ProviderArn', 'DeploymentRoleArn']);
});

test('two environments of an account have a stack each', () => {
  expect(stack(REPOSITORY).stackName).toBe('compute-github-sandbox');
  expect(stack({ ...REPOSITORY, name: 'copy', 'github.environment': 'eu.prod_1' }).stackName).toBe(
    'copy-github-eu-prod-1',
  );
});

test('what is wrong is refused before anything is written, all at once', () => {
  expect(problemsWith({})).toEqual([
    'github.repository = none: the roles trust one repository; set it, such as -c github.repository=octo-org/octo-repo',
  ]);
  expect(
    problemsWith({ 'github.repository': 'octo-org/*', 'github.environment': 'a b', 'github.enviroment': 'x' }),
  ).toEqual([
    'github.enviroment = "x": no such option; did you mean github.environment?',
    'github.repository = "octo-org/*": allowed is OWNER/NAME, or OWNER@ID/NAME@ID where the subject claims of its tokens are immutable',
    'github.environment = "a b": allowed is the name of a GitHub environment: letters, digits, dots, hyphens and underscores, 64 at most',
  ]);
  for (const repository of ['octo-org', 'octo-org/octo-repo:*', 'octo-org@1/octo-repo', '*/octo-repo', 'a/b/c'])
    expect(problemsWith({ 'github.repository': repository })).toHaveLength(1);
});

test('options of the compute options that stand in cdk.json are passed over', () => {
  expect(problemsWith({ ...REPOSITORY, 'lambda.memoryMiB': 'much', preset: 'production' })).toEqual([]);
});
