import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { handler } from '../../lambda/registry/index';
import { EcrAndCodeBuild, sha256 } from './ecr-and-codebuild';

// The function against an API that refuses what AWS refuses: a layer whose digest is another, parts that are too small or
// out of order, a manifest whose layers or images are not there, a second push of a tag.

jest.mock('node:timers/promises', () => ({ setTimeout: jest.fn(() => Promise.resolve()) }));

const MIB = 1_048_576;
const TAG = 'arm64-0123456789abcdef';
const PLATFORM = { architecture: 'arm64', os: 'linux' };
const layers = [Buffer.alloc(12 * MIB, 'large'), Buffer.from('small')];
const config = Buffer.from('{"config":1}');

let aws: EcrAndCodeBuild;
beforeAll(async () => {
  aws = await EcrAndCodeBuild.start();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
});
afterAll(() => aws.stop());
beforeEach(() => {
  aws.reset(['assets', 'thumbnails']);
  jest.spyOn(console, 'error').mockReturnValue(undefined);
  jest.spyOn(console, 'log').mockReturnValue(undefined);
});

/** A manifest as Docker pushes it: indented, so that its digest holds for these bytes only. */
const manifest = (of: readonly Buffer[] = layers): string =>
  JSON.stringify(
    {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { digest: sha256(config), size: config.length },
      layers: of.map((layer) => ({ digest: sha256(layer), size: layer.length })),
    },
    undefined,
    3,
  );

/** Puts an image into the repository that `cdk deploy` pushes to. */
function publish(tag = 'source', of: readonly Buffer[] = layers): string {
  for (const blob of [config, ...of]) aws.addLayer('assets', blob);
  aws.addImage('assets', manifest(of), tag);
  return manifest(of);
}

const event = (type: 'Create' | 'Update' | 'Delete', properties: object = {}): CloudFormationCustomResourceEvent =>
  ({
    RequestType: type,
    ServiceToken: 'arn:aws:lambda:eu-central-1:111122223333:function:images',
    ResponseURL: `${aws.url}/answer`,
    StackId: 'stack',
    RequestId: 'request',
    LogicalResourceId: 'Logical',
    ResourceType: 'Custom::RepositoryImage',
    ResourceProperties: {
      ServiceToken: '',
      Repository: 'thumbnails',
      Tag: TAG,
      SourceRepository: 'assets',
      SourceTag: 'source',
      ...properties,
    },
    ...(type === 'Create' ? {} : { PhysicalResourceId: 'physical' }),
  }) as CloudFormationCustomResourceEvent;
const failure = async (properties: object = {}): Promise<string> => {
  await handler(event('Create', properties));
  expect(aws.answered).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'Logical' });
  return aws.answered?.['Reason'] as string;
};

describe('a copy', () => {
  test.each([
    ['Create', TAG],
    ['Update', 'physical'],
  ] as const)('%s: brings the image over, byte for byte', async (type, id) => {
    const published = publish();
    await handler(event(type));
    expect(aws.answered).toEqual({
      Status: 'SUCCESS',
      PhysicalResourceId: id,
      StackId: 'stack',
      RequestId: 'request',
      LogicalResourceId: 'Logical',
    });
    expect(aws.imageOf('thumbnails', TAG)).toBe(published);
    for (const blob of [config, ...layers]) expect(aws.layerOf('thumbnails', sha256(blob))?.equals(blob)).toBe(true);
  });

  test('uploads a large layer in parts of the size that ECR asks for, the last one smaller', async () => {
    publish();
    await handler(event('Create'));
    expect(aws.parts).toEqual([[config.length], [5 * MIB, 5 * MIB, 2 * MIB], [layers[1]?.length]]);
  });

  test('uploads no layer that is there: of a new version, what has changed', async () => {
    publish();
    await handler(event('Create'));
    aws.parts.length = 0;
    const changed = Buffer.from('changed');
    publish('newer', [layers[0] ?? changed, changed]);
    await handler(event('Update', { SourceTag: 'newer', Tag: 'arm64-newer' }));
    expect(aws.answered).toMatchObject({ Status: 'SUCCESS' });
    expect(aws.parts).toEqual([[changed.length]]);
  });

  test('of a list of images brings each of them, then the list, byte for byte', async () => {
    const [image, attestation] = [publish('arm64'), publish('attestation', [Buffer.from('attestation')])];
    const list = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [image, attestation].map((each) => ({ digest: sha256(each), platform: PLATFORM })),
    });
    aws.addImage('assets', list, 'source');
    await handler(event('Create'));
    expect(aws.answered).toMatchObject({ Status: 'SUCCESS' });
    expect(aws.imageOf('thumbnails', TAG)).toBe(list);
    expect([image, attestation].map((each) => aws.imageOf('thumbnails', sha256(each)))).toEqual([image, attestation]);
  });

  test('ends well where another deployment pushes the same tag in the meantime', async () => {
    publish();
    aws.beforePut = () => {
      aws.addImage('thumbnails', '{"from":"another deployment"}', TAG);
    };
    await handler(event('Create'));
    expect(aws.answered).toMatchObject({ Status: 'SUCCESS' });
    expect(aws.imageOf('thumbnails', TAG)).toContain('another deployment');
  });

  test('fails with the reason where cdk deploy has pushed no image', async () => {
    expect(await failure()).toBe('assets has no image source: cdk deploy pushes it there. Deploy again.');
  });

  test('fails where what is read has another digest', async () => {
    publish();
    aws.addLayer('assets', Buffer.from('damaged'), sha256(layers[0] ?? ''));
    expect(await failure()).toContain('InvalidLayer');
    expect(aws.imageOf('thumbnails', TAG)).toBeUndefined();
  });

  test('fails where the tag is not there although ECR has refused nothing', async () => {
    publish();
    aws.forgetsPuts = true;
    expect(await failure()).toContain(`thumbnails has no image ${TAG}, although the push reported no error`);
  });

  test('fails with the reason where there is no repository', async () => {
    expect(await failure({ Repository: 'elsewhere' })).toBe('no repository elsewhere');
  });

  test('fails with the reason where a property is missing', async () => {
    expect(await failure({ Tag: '' })).toBe('Custom::RepositoryImage lacks the property Tag.');
  });
});

describe('a build', () => {
  const ofProject = { Project: 'builder', DnsSuffix: 'amazonaws.com' };

  test('is started once, waited for, and has pushed the tag', async () => {
    aws.builds = ['IN_PROGRESS', 'IN_PROGRESS', 'SUCCEEDED'];
    aws.onBuilt = () => {
      aws.addImage('thumbnails', '{}', TAG);
    };
    await handler(event('Create', ofProject));
    expect(aws.answered).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: TAG });
    expect(aws.started).toEqual([{ projectName: 'builder', idempotencyToken: 'request' }]);
  });

  test.each(['FAILED', 'FAULT', 'TIMED_OUT', 'STOPPED'])(
    'that ends as %s, before its first command too, is a failure with its reason and its log',
    async (status) => {
      aws.builds = ['IN_PROGRESS', status];
      expect(await failure(ofProject)).toBe(
        `The build builder:1 ended as ${status}. no capacity for this build Its log: https://console/log`,
      );
    },
  );

  test('that succeeds without the tag is a failure', async () => {
    aws.builds = ['SUCCEEDED'];
    expect(await failure(ofProject)).toContain(`thumbnails has no image ${TAG}`);
  });

  test('is refused in a new account with the way round', async () => {
    aws.refusedBuild = 'AccountLimitExceededException';
    expect(await failure(ofProject)).toContain('deploy with -c registry.build=local');
  });
});

test.each(['Create', 'Update'] as const)('%s: a tag that is there is not pushed again', async (type) => {
  aws.addImage('thumbnails', '{"earlier":1}', TAG);
  publish();
  await handler(event(type));
  await handler(event(type, { Project: 'builder', DnsSuffix: 'amazonaws.com' }));
  expect(aws.answered).toMatchObject({ Status: 'SUCCESS' });
  expect(aws.imageOf('thumbnails', TAG)).toBe('{"earlier":1}');
  expect(aws.calls.filter((call) => call !== 'BatchGetImage')).toEqual([]);
});

test('nothing is deleted: an earlier image is what a rollback goes to', async () => {
  await handler(event('Delete'));
  expect(aws.answered).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'physical' });
  expect(aws.calls).toEqual([]);
});

test.each(['BatchGetImage', 'BatchCheckLayerAvailability', 'GetDownloadUrlForLayer'])(
  'waits until its role may call %s, which takes seconds',
  async (call) => {
    publish();
    aws.denied = { [call]: 2 };
    await handler(event('Create'));
    expect(aws.answered).toMatchObject({ Status: 'SUCCESS' });
  },
);

test('fails with the reason where its role never may', async () => {
  aws.denied = { BatchGetImage: 100 };
  expect(await failure()).toBe('not authorized');
  expect(aws.denied).toEqual({ BatchGetImage: 100 - 8 }); // eight tries in one minute, and then an end
});

test('the API that stands in for ECR refuses a manifest before its layers', () => {
  expect(() => aws.put('thumbnails', { imageManifest: manifest(), imageTag: TAG })).toThrow(sha256(config));
});
