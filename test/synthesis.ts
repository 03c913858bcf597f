import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { addStack, addStacks, brokenRules, readConfig } from '../lib/app';
import { ConfigurationError } from '../lib/options/problems';
import { CDK_CONTEXT } from '../tools/cdk-json';
import { PRESETS } from '../tools/variants';
import type { CloudFormationResource, CloudFormationTemplate } from './template';

/** The errors that CDK makes, which test files share; the file's own where Jest loads CDK for it alone. */
const ErrorOfCdk = (globalThis as { shared?: { Error: ErrorConstructor } }).shared?.Error ?? Error;

/** Where the assemblies of one test file go; removed when it ends. */
const outdirs: string[] = [];
if (typeof afterAll === 'function')
  afterAll(() => {
    for (const directory of outdirs) rmSync(directory, { recursive: true });
  });

/**
 * The app with these options, not synthesised yet: every stack, or one of them with what it refers to.
 *
 * @param staged whether assets are copied into the assembly, as the CDK CLI wants them
 */
export function appWith(options: Readonly<Record<string, unknown>>, stackId?: string, { staged = false } = {}): App {
  const outdir = mkdtempSync(path.join(tmpdir(), 'compute-'));
  outdirs.push(outdir);
  const app = new App({
    outdir,
    treeMetadata: false,
    analyticsReporting: false,
    context: {
      ...CDK_CONTEXT,
      ...(!staged && { 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-asset-staging': true }),
    },
  });
  const config = readConfig(options);
  withoutTraces(() => {
    if (stackId === undefined) addStacks(app, config);
    else addStack(app, config, stackId);
  });
  return app;
}

/** CDK notes where each construct and token is from: an eighth of the time, and no test looks at it. */
function withoutTraces<T>(work: () => T): T {
  const { stackTraceLimit } = ErrorOfCdk;
  ErrorOfCdk.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    ErrorOfCdk.stackTraceLimit = stackTraceLimit;
  }
}

/** What is wrong with these options: unknown ones, wrong values, and the broken rules of every stack. */
export function problems(options: Readonly<Record<string, unknown>>): readonly string[] {
  try {
    return brokenRules(readConfig(options));
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

/** The errors of one stack of the app with these options. */
export function errorsOf(stackId: string, options: Readonly<Record<string, unknown>>): string[] {
  return stackOf(appWith(options, stackId), stackId)
    .node.findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === 'aws:cdk:error')
    .map(({ data }) => data as string);
}

/** The template of one stack of the app with these options; without what only those that refer to it add: outputs. */
export const template = (stackId: string, options: Readonly<Record<string, unknown>> = {}): Template =>
  templateOf(appWith(options, stackId), stackId);

/** The same beside all other stacks, as it is deployed. */
export const templateBesideAll = (stackId: string, options: Readonly<Record<string, unknown>> = {}): Template =>
  templateOf(appWith(options), stackId);

const templateOf = (app: App, stackId: string): Template =>
  withoutTraces(() => Template.fromStack(stackOf(app, stackId)));

function stackOf(app: App, stackId: string): Stack {
  const stack = app.node.findChild(stackId);
  if (!Stack.isStack(stack)) throw new Error(`${stackId} is no stack`);
  return stack;
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
