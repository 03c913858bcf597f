import { Match } from 'aws-cdk-lib/assertions';
import { imageTag } from '../../../docker/build';
import { appWith, productionTemplate, resources, template, templateBesideAll } from '../../synthesis';
import { snapshotOf } from '../../template';

const sandbox = template('LambdaImage');
const production = productionTemplate('LambdaImage');
const FUNCTION = 'AWS::Lambda::Function';

describe('snapshots', () => {
  test('sandbox', () => expect(snapshotOf(sandbox.toJSON())).toMatchSnapshot());
  test('production', () => expect(snapshotOf(production.toJSON())).toMatchSnapshot());
});

test("the function runs the registry's image with the adapter, by the tag that its content has", () => {
  sandbox.hasResourceProperties(FUNCTION, {
    PackageType: 'Image',
    Code: {
      ImageUri: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp(`:${imageTag('arm64', 'lambda')}$`)])] },
    },
    Architectures: ['arm64'],
    Handler: Match.absent(),
    Runtime: Match.absent(),
    // What the image says is what runs, as on Fargate.
    ImageConfig: Match.absent(),
  });
  expect(imageTag('arm64', 'lambda')).not.toBe(imageTag('arm64'));
});

test('Lambda may pull from the repository, and no one else is let in', () => {
  templateBesideAll('Registry').hasResourceProperties('AWS::ECR::Repository', {
    RepositoryPolicyText: {
      Statement: [
        {
          Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
        },
      ],
    },
  });
});

test('synth needs no Docker: the registry builds the image by a command, when it is deployed', () => {
  const assets = appWith({})
    .synth()
    .artifacts.find(({ id }) => id === 'Registry.assets') as unknown as {
    contents: { dockerImages: Record<string, { source: { executable?: string[]; directory?: string } }> };
  };
  const commands = Object.values(assets.contents.dockerImages).map(({ source }) => source.executable?.slice(-4));
  expect(commands).toContainEqual(['--architecture', 'arm64', '--target', 'lambda']);
});

test('the adapter finds the server, and asks it for its health before the first event', () => {
  sandbox.hasResourceProperties(FUNCTION, {
    Environment: {
      Variables: Match.objectLike({
        AWS_LWA_HOST: '127.0.0.1',
        AWS_LWA_PORT: '8080',
        AWS_LWA_READINESS_CHECK_PATH: '/health',
        PORT: '8080',
        SERVICE_OPTION: 'lambda-image',
      }),
    },
  });
});

test('the server has an end of its own within the two seconds that Lambda gives it', () => {
  sandbox.hasResourceProperties(FUNCTION, {
    Environment: { Variables: Match.objectLike({ SERVICE_DRAIN_SECONDS: '1' }) },
  });
});

test('it takes what Lambda takes: 4 MiB, and less where it has little memory', () => {
  const maxBytes = (options: object): unknown => {
    const [service] = resources(template('LambdaImage', { ...options }), FUNCTION);
    const { Variables } = service?.Properties?.['Environment'] as { Variables: Record<string, string> };
    return Variables['SERVICE_MAX_BODY_BYTES'];
  };
  expect(maxBytes({ 'service.maxBodyMiB': 64 })).toBe(String(4 * 2 ** 20));
  expect(maxBytes({ 'service.maxBodyMiB': 2 })).toBe(String(2 * 2 ** 20));
});

test('memory and time are what the options say', () => {
  template('LambdaImage', { 'lambdaImage.memoryMiB': 2_048, 'lambda.timeoutSeconds': 60 }).hasResourceProperties(
    FUNCTION,
    { MemorySize: 2_048, Timeout: 60 },
  );
});

describe('the function URL', () => {
  test('stands on the alias of a published version, to which a deployment can go back', () => {
    sandbox.hasResourceProperties('AWS::Lambda::Alias', { Name: 'live' });
    sandbox.hasResourceProperties('AWS::Lambda::Url', { Qualifier: 'live', AuthType: 'NONE' });
    sandbox.hasResource('AWS::Lambda::Version', {
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('takes signed requests alone where it is to', () => {
    template('LambdaImage', { 'lambda.urlAuth': 'iam' }).hasResourceProperties('AWS::Lambda::Url', {
      AuthType: 'AWS_IAM',
    });
  });

  test.each(['none', 'iam'])('answers only the allowed addresses, with %s', (auth) => {
    const narrow = template('LambdaImage', { 'lambda.urlAuth': auth, 'access.allowedCidr': '198.51.100.0/24' });
    const [policy, ...others] = resources(narrow, 'AWS::Lambda::ResourcePolicy');
    expect(others).toEqual([]);
    expect(JSON.stringify(policy)).toContain('"Condition":{"NotIpAddress":{"aws:SourceIp":["198.51.100.0/24"]}}');
    narrow.resourceCountIs('AWS::Lambda::Permission', 0);
  });
});

test('alarms sound for a crash, a refused invocation, one close to its time, and slow starts', () => {
  const alarms = resources(sandbox, 'AWS::CloudWatch::Alarm').map(({ Properties }): unknown[] => [
    Properties?.['MetricName'],
    Properties?.['Threshold'],
    Properties?.['AlarmDescription'],
  ]);
  expect(alarms).toEqual([
    [undefined, 5, expect.stringContaining('answers 5 % of its requests or more with 5xx')],
    ['Errors', 1, expect.stringContaining('crashed or timed out')],
    ['Throttles', 1, expect.stringContaining('ask for a higher quota')],
    ['Duration', 12_000, expect.stringContaining('lambda.timeoutSeconds: raise it, or lambdaImage.memoryMiB')],
    ['ServiceStartsInitDuration', 3_000, expect.stringContaining('Initialisation takes 3000 ms')],
  ]);
});

test('the log has a retention, and goes with the sandbox', () => {
  sandbox.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' });
  production.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'RetainExceptOnCreate' });
  sandbox.hasResourceProperties(FUNCTION, { LoggingConfig: { LogGroup: { Ref: Match.anyValue() } } });
});
