import { scrub, snapshotOf } from './template';

const HEX = '0123456789abcdef';

test('hashes of assets, versions, instances, init, images and labels are replaced, wherever they stand', () => {
  expect(
    scrub({
      Resources: {
        [`ServiceCurrentVersionBE86B161${HEX}${HEX}`]: { Type: 'AWS::Lambda::Version' },
        [`InstanceC1063A87${HEX}`]: {
          Type: 'AWS::EC2::Instance',
          Properties: { UserData: `#!/bin/bash\n# fingerprint: ${HEX}\n`, Key: `${HEX.repeat(4)}.zip` },
        },
        Url: { Type: 'AWS::Lambda::Url', Properties: { Of: { Ref: `InstanceC1063A87${HEX}` } } },
        Task: { Type: 'AWS::ECS::TaskDefinition', Properties: { Image: `service:arm64-${HEX}` } },
        Site: { Type: 'AWS::ElasticBeanstalk::Environment', Properties: { VersionLabel: 'go-0123456789ab' } },
        Native: {
          Type: 'AWS::ElasticBeanstalk::Environment',
          Properties: { VersionLabel: 'node-arm64-0123456789ab' },
        },
      },
    }),
  ).toEqual({
    Resources: {
      'ServiceCurrentVersionBE86B161<version>': { Type: 'AWS::Lambda::Version' },
      'InstanceC1063A87<user data>': {
        Type: 'AWS::EC2::Instance',
        Properties: { UserData: '#!/bin/bash\n# fingerprint: <init>\n', Key: '<asset>.zip' },
      },
      Url: { Type: 'AWS::Lambda::Url', Properties: { Of: { Ref: 'InstanceC1063A87<user data>' } } },
      Task: { Type: 'AWS::ECS::TaskDefinition', Properties: { Image: 'service:arm64-<image>' } },
      Site: { Type: 'AWS::ElasticBeanstalk::Environment', Properties: { VersionLabel: 'go-<label>' } },
      Native: { Type: 'AWS::ElasticBeanstalk::Environment', Properties: { VersionLabel: 'node-arm64-<label>' } },
    },
  });
});

test('hex that is no hash stays', () => {
  const template = {
    Resources: {
      Logs6819BB44: { Type: 'AWS::Logs::LogGroup', Properties: { Short: HEX, Sha1: HEX + HEX + '01234567' } },
    },
  };
  expect(scrub(template)).toEqual(template);
});

test('the check of the bootstrap version is left out, other parameters stay', () => {
  expect(scrub({ Resources: {}, Rules: { Check: 1 }, Parameters: { BootstrapVersion: 1 } })).toEqual({ Resources: {} });
  expect(scrub({ Resources: {}, Parameters: { BootstrapVersion: 1, Image: 2 } })).toEqual({
    Resources: {},
    Parameters: { Image: 2 },
  });
});

test('a snapshot is YAML with long texts unbroken', () => {
  expect(
    snapshotOf({ Resources: { Topic: { Type: 'AWS::SNS::Topic', Properties: { Name: 'x '.repeat(60) + 'y' } } } }),
  ).toBe(`Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      Name: ${'x '.repeat(60)}y\n`);
});
