import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { context } from '../../../../cdk.json';
import type { CloudFormationResource, CloudFormationTemplate } from '../../../template';

const outdirs: string[] = [];
afterAll(() => {
  for (const directory of outdirs) rmSync(directory, { recursive: true });
});

/** The template of the stack that is added to an app with the feature flags of cdk.json. */
export function synthesise(add: (app: App) => Stack): Template {
  const outdir = mkdtempSync(path.join(tmpdir(), 'compute-'));
  outdirs.push(outdir);
  return Template.fromStack(
    add(new App({ outdir, context: { ...context, 'aws:cdk:disable-asset-staging': true }, analyticsReporting: false })),
  );
}

/** All resources of a type. */
export const resources = (of: Template, type: string): CloudFormationResource[] =>
  Object.values((of.toJSON() as CloudFormationTemplate).Resources).filter((resource) => resource.Type === type);

/** The actions that the policies of a template allow. */
export const allowedActions = (of: Template): string[] =>
  resources(of, 'AWS::IAM::Policy').flatMap(({ Properties }) =>
    (Properties?.['PolicyDocument'] as { Statement: { Action: string | string[] }[] }).Statement.flatMap(
      ({ Action }) => Action,
    ),
  );

/** The ports that security groups open to every address on the internet. */
export const openPorts = (of: Template): number[] =>
  [
    ...resources(of, 'AWS::EC2::SecurityGroup').flatMap(
      ({ Properties }) => (Properties?.['SecurityGroupIngress'] ?? []) as Rule[],
    ),
    ...resources(of, 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties as Rule),
  ]
    .filter(({ CidrIp }) => CidrIp === '0.0.0.0/0')
    .map(({ FromPort }) => FromPort);

interface Rule {
  readonly CidrIp?: string;
  readonly FromPort: number;
}
