import { plan } from '../../../tools/change/plan';
import type { Template } from '../../../tools/change/template';
import { getAtt, ref } from './changed';

const steps = (before: Template, after: Template): string[] =>
  plan('Stack', before, after).changes.map(({ action, id }) => `${action} ${id}`);

const instance = (image: string) => ({ Type: 'AWS::EC2::Instance', Properties: { ImageId: image } });

test('what is added comes after what it refers to and depends on, and what is removed goes before it, at the end', () => {
  const before = {
    Old: { Type: 'AWS::SNS::Topic' },
    OldAlarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmActions: [ref('Old')] } },
  };
  const after = {
    Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmActions: [ref('Topic')] }, DependsOn: 'Queue' },
    Topic: { Type: 'AWS::SNS::Topic' },
    Queue: { Type: 'AWS::SQS::Queue' },
  };
  expect(steps({ Resources: before }, { Resources: after })).toEqual([
    'add Topic',
    'add Queue',
    'add Alarm',
    'remove OldAlarm',
    'remove Old',
  ]);
});

test('what refers to a replaced resource changes too, in a function of CloudFormation as well', () => {
  const template = (image: string) => ({
    Resources: {
      Instance: instance(image),
      Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { Dimensions: [{ Value: ref('Instance') }] } },
      Association: { Type: 'AWS::EC2::EIPAssociation', Properties: { InstanceId: ref('Instance') } },
      Joined: { Type: 'AWS::SSM::Parameter', Properties: { Value: { 'Fn::Join': ['', ['i: ', ref('Instance')]] } } },
      Written: { Type: 'AWS::SSM::Parameter', Properties: { Value: { 'Fn::Sub': 'i: ${Instance}' } } },
    },
  });
  expect(steps(template('ami-1'), template('ami-2'))).toEqual([
    'replace Instance',
    'update Alarm',
    'replace Association',
    'update Joined',
    'update Written',
  ]);
});

test('a group follows the next version of its launch template, and other attributes stay', () => {
  const template = (type: string) => ({
    Resources: {
      Template: { Type: 'AWS::EC2::LaunchTemplate', Properties: { LaunchTemplateData: { InstanceType: type } } },
      Group: {
        Type: 'AWS::AutoScaling::AutoScalingGroup',
        Properties: { LaunchTemplate: { Version: getAtt('Template', 'LatestVersionNumber') } },
      },
      Role: { Type: 'AWS::IAM::Role', Properties: { Description: getAtt('Template', 'LaunchTemplateId') } },
    },
  });
  expect(steps(template('t4g.micro'), template('t4g.small'))).toEqual(['update Template', 'update Group']);
});

test('what cannot be changed within a structure replaces the resource too', () => {
  const template = (dimension: string) => ({
    Resources: {
      Service: {
        Type: 'AWS::ECS::Service',
        Properties: { DeploymentController: { Type: dimension } },
      },
    },
  });
  expect(steps(template('ECS'), template('EXTERNAL'))).toEqual(['replace Service']);
});

test('a note such as the deletion policy, and metadata, change nothing in AWS', () => {
  const template = (policy: string) => ({
    Resources: { Logs: { Type: 'AWS::Logs::LogGroup', DeletionPolicy: policy, Metadata: { policy } } },
  });
  expect(steps(template('Delete'), template('Retain'))).toEqual([]);
});

test('each property that changes says whether it replaces the resource', () => {
  const [change] = plan(
    'Stack',
    { Resources: { Instance: { Type: 'AWS::EC2::Instance', Properties: { InstanceType: 'a', Monitoring: false } } } },
    { Resources: { Instance: { Type: 'AWS::EC2::Instance', Properties: { InstanceType: 'b', Monitoring: true } } } },
  ).changes;
  expect(change?.properties).toEqual([
    { name: 'InstanceType', replacement: 'maybe' },
    { name: 'Monitoring', replacement: 'no' },
  ]);
});

test('another volume replaces an instance, and whether it is deleted with the instance does not', () => {
  const template = (size: number, deleted: boolean) => ({
    Resources: {
      Instance: {
        Type: 'AWS::EC2::Instance',
        Properties: { BlockDeviceMappings: [{ Ebs: { VolumeSize: size, DeleteOnTermination: deleted } }] },
      },
    },
  });
  expect(steps(template(8, true), template(16, true))).toEqual(['replace Instance']);
  expect(steps(template(8, true), template(8, false))).toEqual(['update Instance']);
});
