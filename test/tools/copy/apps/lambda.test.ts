import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { addStacks } from '../../../../tools/copy/apps/lambda';
import { snapshotOf } from '../../../template';
import { allowedActions, resources, synthesise } from './synthesised';

const template = synthesise(addStacks);
const kept = synthesise((app) => addStacks(app, { removalPolicy: RemovalPolicy.RETAIN, access: { auth: 'iam' } }));

test.each(Object.entries({ template, kept }))('snapshot: %s', (_, each) =>
  expect(snapshotOf(each.toJSON())).toMatchSnapshot(),
);

test('the URL answers every caller, or asks for IAM credentials', () => {
  template.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'NONE' });
  kept.hasResourceProperties('AWS::Lambda::Url', { AuthType: 'AWS_IAM' });
});

test('pictures are kept where they are to be; what only remembers them is not', () => {
  kept.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Retain' });
  kept.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete' });
});

test('an upload that fails five times goes into the dead-letter queue', () =>
  template.hasResourceProperties('AWS::SQS::Queue', {
    RedrivePolicy: { maxReceiveCount: 5 },
  }));

test('the queue hides a message for six times as long as the function may take', () => {
  const slow = synthesise((app) => {
    const pipeline = { widths: [100], memoryMiB: 512, ephemeralMiB: 512, concurrency: 2, environment: {} };
    return addStacks(app, { pipeline: { ...pipeline, timeout: Duration.seconds(100) } });
  });
  slow.hasResourceProperties('AWS::SQS::Queue', { VisibilityTimeout: 600 });
});

test('no bucket is public, and none is read without TLS', () => {
  for (const { Properties } of resources(template, 'AWS::S3::Bucket'))
    expect(Properties?.['PublicAccessBlockConfiguration']).toEqual({
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    });
  expect(JSON.stringify(template.findResources('AWS::S3::BucketPolicy'))).toContain('"aws:SecureTransport":"false"');
});

test('the functions may not do everything with anything', () => {
  for (const action of allowedActions(template)) expect(action).not.toMatch(/^(\*|\w+:\*)$/);
});
