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
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: unknown }>>;
}

/**
 * Synthesises one stack with these options.
 *
 * @returns the properties of the one task definition of a stack, as they would be deployed
 * @throws ConfigurationError where the options are wrong
 */
export function declaredTask(stackId: string, options: Readonly<Record<string, unknown>>): unknown {
  const config = readConfig(options);
  const outdir = mkdtempSync(path.join(tmpdir(), 'compute-local-'));
  try {
    const app = new App({ outdir, context: { ...CDK_CONTEXT, 'aws:cdk:disable-asset-staging': true } });
    addStack(app, config, stackId);
    const { Resources } = app.synth().getStackArtifact(stackId).template as Template;
    const tasks = Object.values(Resources).filter(({ Type }) => Type === 'AWS::ECS::TaskDefinition');
    if (tasks.length !== 1) throw new Error(`The stack ${stackId} has ${tasks.length} task definitions, not one.`);
    return tasks[0]?.Properties;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
