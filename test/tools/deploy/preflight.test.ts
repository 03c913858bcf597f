import { mkdtempSync, writeFileSync, chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readConfig } from '../../../lib/app';
import type { DeployedStack } from '../../../tools/deploy/assembly';
import { isAddressOutput } from '../../../tools/compare/addresses';
import { withNeeded } from '../../../tools/deploy/assembly';
import { preflight } from '../../../tools/deploy/preflight';
import { RefusedError } from '../../../tools/deploy/stage';
import { assemble } from '../../../tools/assembly';
import { AccountServer } from './account-server';

// The real SDK calls a server on loopback that answers, and refuses, in AWS's protocols.

const ACCOUNT = '111122223333';
/** All but those that others stand on. */
const STACKS_WITH_AN_ADDRESS = 8;
const READY = { '/cdk-bootstrap/hnb659fds/version': '30' };

let server: AccountServer;
const environment = { ...process.env };
beforeAll(async () => {
  server = await AccountServer.start();
});
afterAll(() => server.stop());
beforeEach(() => {
  server.account = { id: ACCOUNT, parameters: READY };
  server.calls.length = 0;
  Object.assign(process.env, server.environment);
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in environment)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, environment);
});

const assemblies = new Map<string, ReturnType<typeof assemble>>();

/** Stacks as the assembly has them, and those that they need. */
function stacksOf(named: readonly string[], options: Record<string, string> = {}): DeployedStack[] {
  const key = options['registry.build'] ?? '';
  const assembled = assemblies.get(key) ?? assemble(options);
  assemblies.set(key, assembled);
  const all = assembled.map((stack) => ({
    ...stack,
    template: stack.template,
    bootstrap: { version: 6, parameter: '/cdk-bootstrap/hnb659fds/version' },
    buildsImages: stack.id === 'Registry' && options['registry.build'] !== 'codebuild',
    isProtected: false,
  }));
  return withNeeded(all, named);
}

/** What `npm run deploy` prints before it stops; nothing where nothing is in the way. */
async function refusal(named: readonly string[], options: Record<string, string> = {}, region = 'eu-central-1') {
  const asked = { given: options, config: readConfig(options).values };
  const { problems, remarks } = await preflight(
    asked,
    stacksOf(named, options),
    { region },
    new AbortController().signal,
  );
  return { said: problems.length === 0 ? undefined : new RefusedError(problems, 'made').message, remarks };
}

test('nothing is in the way of an account that has all of it', async () => {
  expect(await refusal(['Lambda'])).toEqual({ said: undefined, remarks: [] });
  expect(new Set(server.calls)).toEqual(
    new Set([
      'sts:GetCallerIdentity',
      'ssm:GetParameter',
      'cloudformation:DescribeStacks',
      'servicequotas:GetServiceQuota',
      'servicequotas:GetAWSDefaultServiceQuota',
    ]),
  );
});

describe('the words', () => {
  test('without credentials, and the account is asked nothing', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE'])
      Reflect.deleteProperty(process.env, name);
    process.env['HOME'] = tmpdir();
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = process.env['AWS_CONFIG_FILE'] = path.join(tmpdir(), 'there-is-none');
    expect((await refusal(['Lambda'])).said).toMatchInlineSnapshot(`
      "1 thing is in the way; nothing was made.
        - credentials = none: allowed are those of a profile, of the environment or of a role; sign in (aws sso login, with AWS_PROFILE in the environment), or run aws configure. Without an account: npm run sandbox"
    `);
    expect(server.calls).toEqual([]);
  });

  test('with credentials that STS refuses', async () => {
    server.account = {};
    expect((await refusal(['Lambda'])).said).toMatchInlineSnapshot(`
      "1 thing is in the way; nothing was made.
        - credentials = refused by STS (InvalidClientTokenId: The security token included in the request is invalid.): allowed are valid ones of an account that has the region enabled; sign in (aws sso login, with AWS_PROFILE in the environment), or run aws configure"
    `);
  });

  test('with the wrong account, which is asked nothing more', async () => {
    const options = { 'deploy.accounts': '444455556666,000000000000' };
    expect((await refusal(['Lambda'], options)).said).toMatchInlineSnapshot(`
      "1 thing is in the way; nothing was made.
        - account = 111122223333, as arn:aws:iam::111122223333:user/somebody: deploy.accounts allows 444455556666, 000000000000 only; take the credentials of such an account, or add this one to deploy.accounts in cdk.json"
    `);
    expect(server.calls).toEqual(['sts:GetCallerIdentity']);
  });

  test('in a region without function URLs', async () => {
    expect((await refusal(['Lambda'], {}, 'ap-southeast-7')).said).toMatchInlineSnapshot(`
      "1 thing is in the way; nothing was made.
        - Lambda: region = ap-southeast-7: Lambda has no function URLs there; choose another region, or an option that runs containers, such as Fargate"
    `);
  });

  test('with a quota of 0', async () => {
    server.account = { id: ACCOUNT, parameters: READY, quotas: { 'L-53DA6B97': 0 } };
    expect((await refusal(['Fargate'], { 'registry.build': 'codebuild' })).said).toMatchInlineSnapshot(`
      "1 thing is in the way; nothing was made.
        - Application Load Balancers per Region (quota L-53DA6B97 of elasticloadbalancing) = 0 in eu-central-1: Fargate needs 1; raise it (aws service-quotas request-service-quota-increase --service-code elasticloadbalancing --quota-code L-53DA6B97 --desired-value 1 --region eu-central-1), or take Ec2 of one instance, -c beanstalk.type=single, Lambda or WebFunction"
    `);
  });

  test('where nothing is bootstrapped, and where it is too old', async () => {
    server.account = { id: ACCOUNT };
    expect((await refusal(['Lambda'])).said).toMatchInlineSnapshot(`
      "1 thing is in the way; nothing was made.
        - bootstrap = none in 111122223333/eu-central-1: 6 or newer is needed; run npx cdk bootstrap aws://111122223333/eu-central-1"
    `);
    server.account = { id: ACCOUNT, parameters: { '/cdk-bootstrap/hnb659fds/version': '3' } };
    expect((await refusal(['Lambda'])).said).toContain(
      'bootstrap = version 3 in 111122223333/eu-central-1: 6 or newer',
    );
  });
});

test('all that is wrong is said at once', async () => {
  process.env['CDK_DOCKER'] = 'there-is-no-such-engine';
  server.account = { id: ACCOUNT, quotas: { 'L-3032A538': 0, 'L-F678F1CE': 0 } };
  const { said = '' } = await refusal(['Fargate', 'Lambda'], {}, 'ap-southeast-7');
  expect(said.split('\n')).toEqual([
    '5 things are in the way; nothing was made.',
    expect.stringContaining('  - Lambda: region = ap-southeast-7'),
    expect.stringContaining('  - docker = none'),
    expect.stringContaining('  - bootstrap = none'),
    expect.stringContaining('  - Fargate On-Demand vCPU resource count'),
    expect.stringContaining('  - VPCs per Region'),
  ]);
});

test('an engine that does not answer is named, and none is asked for where AWS builds', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'engine-'));
  const engine = path.join(folder, 'docker');
  writeFileSync(engine, '#!/bin/sh\necho "Cannot connect to the Docker daemon" >&2\nexit 1\n');
  chmodSync(engine, 0o755);
  process.env['CDK_DOCKER'] = engine;
  expect((await refusal(['Registry'])).said).toContain(
    '(Cannot connect to the Docker daemon), and Registry builds an image',
  );
  expect((await refusal(['Registry'], { 'registry.build': 'codebuild' })).said).toBeUndefined();
  rmSync(folder, { recursive: true });
});

test('a stack that another deployment changes, or that can only be deleted, is in the way', async () => {
  const stacks = { 'compute-Lambda': { status: 'UPDATE_IN_PROGRESS' } };
  server.account = { id: ACCOUNT, parameters: READY, stacks };
  expect((await refusal(['Lambda'])).said).toContain('stack compute-Lambda = UPDATE_IN_PROGRESS: another deployment');
  server.account = { id: ACCOUNT, parameters: READY, stacks: { 'compute-Lambda': { status: 'DELETE_FAILED' } } };
  expect((await refusal(['Lambda'])).said).toContain(
    'DELETE_FAILED: it can be deleted only; run npm run destroy again',
  );
});

test('what the caller may not read is a remark, and no stop', async () => {
  server.account = { id: ACCOUNT, parameters: READY, denied: ['GetServiceQuota'] };
  expect(await refusal(['Lambda'])).toEqual({
    said: undefined,
    remarks: [
      expect.stringContaining('Concurrent executions (quota L-B99A9384 of lambda) could not be read (AccessDenied'),
    ],
  });
});

test('the outputs that are taken for addresses are those at which a service answers', () => {
  const outputs = assemble({}).flatMap(({ template }) =>
    Object.entries((template as { Outputs?: Record<string, { Description?: string }> }).Outputs ?? {}),
  );
  const answering = outputs.filter(([, { Description = '' }]) => /^Where .* answers/.test(Description));
  expect(outputs.filter(([name]) => isAddressOutput(name))).toEqual(answering);
  expect(answering.length).toBeGreaterThan(STACKS_WITH_AN_ADDRESS);
});
