import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { addStack, COMPARED, readConfig } from '../../lib/app';
import { CDK_CONTEXT } from '../cdk-json';

/** The stacks that have a task, by what a person calls them. */
export const TASK_STACKS: ReadonlyMap<string, string> = new Map(
  [...COMPARED].flatMap(([id, { task }]) => (task === undefined ? [] : [[task, id] as const])),
);

interface Template {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >;
}

/**
 * Synthesises one stack with these options.
 *
 * @returns the properties of the one task definition of a stack, as they would be deployed
 * @throws ConfigurationError where the options are wrong
 */
export const declaredTask = (stackId: string, options: Readonly<Record<string, unknown>>): unknown =>
  declaredOnce(stackId, 'AWS::ECS::TaskDefinition', options);

/** The properties of the one function of a stack whose code is an image, as declaredTask gives those of a task. */
export const declaredImageFunction = (stackId: string): unknown =>
  declaredOnce(stackId, 'AWS::Lambda::Function', {}, ({ PackageType }) => PackageType === 'Image');

function declaredOnce(
  stackId: string,
  type: string,
  options: Readonly<Record<string, unknown>>,
  isWanted: (properties: Readonly<Record<string, unknown>>) => boolean = () => true,
): unknown {
  const config = readConfig(options);
  const outdir = mkdtempSync(path.join(tmpdir(), 'compute-local-'));
  try {
    const app = new App({ outdir, context: { ...CDK_CONTEXT, 'aws:cdk:disable-asset-staging': true } });
    addStack(app, config, stackId);
    const { Resources } = app.synth().getStackArtifact(stackId).template as Template;
    const found = Object.values(Resources).filter(({ Type, Properties = {} }) => Type === type && isWanted(Properties));
    if (found.length !== 1) throw new Error(`The stack ${stackId} has ${found.length} of ${type}, not one.`);
    return found[0]?.Properties;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
