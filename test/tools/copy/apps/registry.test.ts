import { RemovalPolicy } from 'aws-cdk-lib';
import { addStacks } from '../../../../tools/copy/apps/registry';
import { snapshotOf } from '../../../template';
import { synthesise } from './synthesised';

const template = synthesise(addStacks);
const builtInAws = synthesise((app) => addStacks(app, { build: 'codebuild' }));

test.each(Object.entries({ template, builtInAws }))('snapshot: %s', (_, each) =>
  expect(snapshotOf(each.toJSON())).toMatchSnapshot(),
);

test('a tag is of one image and stays so; images are scanned', () =>
  template.hasResourceProperties('AWS::ECR::Repository', {
    ImageTagMutability: 'IMMUTABLE',
    ImageScanningConfiguration: { ScanOnPush: true },
  }));

test('the repository goes with the stack, images included, unless it is to be kept', () => {
  template.hasResource('AWS::ECR::Repository', { DeletionPolicy: 'Delete', Properties: { EmptyOnDelete: true } });
  const kept = synthesise((app) => addStacks(app, { removalPolicy: RemovalPolicy.RETAIN }));
  kept.hasResource('AWS::ECR::Repository', { DeletionPolicy: 'Retain' });
});

test('CodeBuild builds the image only where it is asked to', () => {
  template.resourceCountIs('AWS::CodeBuild::Project', 0);
  builtInAws.resourceCountIs('AWS::CodeBuild::Project', 1);
});
