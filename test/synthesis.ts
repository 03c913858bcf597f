import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addStacks, stacksFor } from '../lib/app';
import { readConfig } from '../lib/config';
import { PRESETS } from '../tools/variants';
import type { CloudFormationResource, CloudFormationTemplate } from './template';

/** The feature flags that people run with. */
export const FLAGS = (
  JSON.parse(readFileSync(path.join(__dirname, '..', 'cdk.json'), 'utf8')) as { context: Record<string, unknown> }
).context;

/** Where the assemblies of one test file go; removed when it ends. */
const outdirs: string[] = [];
if (typeof afterAll === 'function')
  afterAll(() => {
    for (const directory of outdirs) rmSync(directory, { recursive: true });
  });

/** Whose outputs are there for those that refer to them, so that they are whole only beside all others. */
const REFERRED_TO: readonly string[] = ['Network', 'Registry'];

/** The app with these options, not synthesised yet: every stack, or one of them with what it refers to. */
export function appWith(options: Readonly<Record<string, unknown>>, stackId?: string): App {
  const outdir = mkdtempSync(path.join(tmpdir(), 'compute-'));
  outdirs.push(outdir);
  const app = new App({
    outdir,
    treeMetadata: false,
    analyticsReporting: false,
    stackTraces: false, // a quarter of the time, and no test looks at them
    context: { ...FLAGS, 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-asset-staging': true },
  });
  const config = readConfig(options);
  if (stackId === undefined) addStacks(app, config);
  else stacksFor(app, config)[stackId]?.();
  return app;
}

/** The template of one stack of the app with these options. */
export function template(stackId: string, options: Readonly<Record<string, unknown>> = {}): Template {
  const stack = appWith(options, REFERRED_TO.includes(stackId) ? undefined : stackId).node.findChild(stackId);
  if (!Stack.isStack(stack)) throw new Error(`${stackId} is no stack`);
  return Template.fromStack(stack);
}

/** The same in the production preset, with what that needs. */
export const productionTemplate = (stackId: string, options: Readonly<Record<string, unknown>> = {}): Template =>
  template(stackId, { ...PRESETS.production, ...options });

/** All resources of a type, by logical id. */
export const resources = (of: Template, type: string): CloudFormationResource[] =>
  Object.values((of.toJSON() as CloudFormationTemplate).Resources).filter((resource) => resource.Type === type);

/** Every statement of every policy of a template, inline or not. */
export function statements(of: Template): Statement[] {
  return Object.values((of.toJSON() as CloudFormationTemplate).Resources).flatMap(({ Properties = {} }) => [
    ...((Properties['PolicyDocument'] as Document | undefined)?.Statement ?? []),
    ...((Properties['Policies'] as { PolicyDocument: Document }[] | undefined) ?? []).flatMap(
      (policy) => policy.PolicyDocument.Statement,
    ),
  ]);
}

export interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}
interface Document {
  readonly Statement: Statement[];
}
