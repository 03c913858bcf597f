import { fixedNames } from '../../../../tools/change/rules/fixed-names';
import { changed, getAtt, placesOf, ref } from '../changed';

test('a resource that is replaced under a name of its own is created while the old one has the name', () => {
  const bucket = (properties: object) => ({
    Table: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: 'thumbnails', ...properties } },
  });
  const change = changed(
    bucket({ KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }] }),
    bucket({ KeySchema: [{ AttributeName: 'b', KeyType: 'HASH' }] }),
  );
  expect(placesOf(fixedNames.find(change))).toEqual(['Stack Table']);
});

test('a second resource for a parent that has one already overwrites it, and is deleted with it', () => {
  const bucket = { Bucket: { Type: 'AWS::S3::Bucket' } };
  const policy = {
    Type: 'AWS::S3::BucketPolicy',
    Properties: { Bucket: ref('Bucket'), PolicyDocument: { Statement: [] } },
  };
  const change = changed({ ...bucket, Policy: policy }, { ...bucket, Other: policy });
  expect(placesOf(fixedNames.find(change))).toEqual(['Stack Other']);
});

test('the same rule of a security group, and the same policy of a role, cannot be there twice', () => {
  const group = { Group: { Type: 'AWS::EC2::SecurityGroup' }, Role: { Type: 'AWS::IAM::Role' } };
  const ingress = {
    Type: 'AWS::EC2::SecurityGroupIngress',
    Properties: { GroupId: ref('Group'), IpProtocol: 'tcp', FromPort: 80, ToPort: 80, CidrIp: '0.0.0.0/0' },
  };
  const policy = {
    Type: 'AWS::IAM::Policy',
    Properties: { PolicyName: 'Default', Roles: [ref('Role')], PolicyDocument: { Statement: [] } },
  };
  const change = changed({ ...group, Rule: ingress, Policy: policy }, { ...group, Other: ingress, Second: policy });
  expect(placesOf(fixedNames.find(change))).toEqual(['Stack Other', 'Stack Second']);
});

test('what a custom resource names anew is another one', () => {
  const stack = (dnsName: string) => ({
    Found: { Type: 'Custom::LoadBalancer', Properties: { ServiceToken: 'arn', DnsName: dnsName } },
    WebAcl: {
      Type: 'AWS::WAFv2::WebACLAssociation',
      Properties: { ResourceArn: getAtt('Found', 'Arn'), WebACLArn: 'arn:acl' },
    },
  });
  const change = changed(stack('one'), stack('other'));
  expect(change.updates[0]?.changes).toContainEqual(expect.objectContaining({ id: 'WebAcl', action: 'replace' }));
  expect(fixedNames.find(change)).toEqual([]);
});

test('a resource without a name, one with another name, and one for a new parent are free', () => {
  const before = {
    Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'one' } },
    Policy: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: ref('Bucket'), PolicyDocument: { Statement: [] } } },
    Topic: { Type: 'AWS::SNS::Topic', Properties: { FifoTopic: false } },
  };
  const after = {
    Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'two' } },
    Policy: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: ref('Bucket'), PolicyDocument: { Statement: [] } } },
    Topic: { Type: 'AWS::SNS::Topic', Properties: { FifoTopic: true } },
  };
  expect(fixedNames.find(changed(before, after))).toEqual([]);
});
