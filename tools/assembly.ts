import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { FAIL_SYNTH_ON_VALIDATION_ERRORS_CONTEXT, type CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { addStack, addStacks, readConfig } from '../lib/app';
import { CDK_CONTEXT } from './cdk-json';

/** A stack as it would be deployed. */
export interface AssembledStack {
  /** The id by which `cdk deploy` knows it. */
  readonly id: string;
  /** The name that CloudFormation gives it; references between stacks use it. */
  readonly stackName: string;
  readonly template: object;
  /** The stacks that are deployed with it. */
  readonly needs: readonly string[];
  /** Why it is refused, where it is: its template is empty then. */
  readonly problems: readonly string[];
}

/** A stack of a synthesised assembly, among all stacks of it. */
export const describeStack = (
  { id, stackName, template, dependencies, messages }: CloudFormationStackArtifact,
  all: readonly CloudFormationStackArtifact[],
): AssembledStack => ({
  id,
  stackName,
  template: template as object,
  needs: dependencies.map((each) => each.id).filter((name) => all.some((stack) => stack.id === name)),
  problems: messages.flatMap(({ entry }) => (entry.type === 'aws:cdk:error' ? [entry.data as string] : [])),
});

/**
 * Synthesises the app of the compute options in this process, with the options of cdk.json and these. Nothing is bundled
 * or uploaded, and the templates are not validated: that is for `npm run validate`.
 *
 * @param only the stack that is wanted, with what it needs; all of them without it
 * @returns the stacks in the order in which the app makes them
 * @throws ConfigurationError where the options are wrong
 */
export function assemble(options: Readonly<Record<string, unknown>>, only?: string): AssembledStack[] {
  const config = readConfig({ ...CDK_CONTEXT, ...options });
  return assembleApp((app) => {
    if (only === undefined) addStacks(app, config);
    else addStack(app, config, only);
  });
}

/** The same of the stacks that are added to an empty app. */
export function assembleApp(add: (app: App) => void): AssembledStack[] {
  const outdir = mkdtempSync(path.join(tmpdir(), 'compute-assembly-'));
  const { stackTraceLimit } = Error;
  // CDK notes where each construct is from, which nothing here reads: an eighth of the time.
  Error.stackTraceLimit = 0;
  try {
    const app = new App({
      outdir,
      treeMetadata: false,
      analyticsReporting: false,
      builtinCloudFormationValidation: false,
      context: {
        ...CDK_CONTEXT,
        'aws:cdk:bundling-stacks': [],
        'aws:cdk:disable-asset-staging': true,
        // A refused stack says why in its messages, and stops no other.
        [FAIL_SYNTH_ON_VALIDATION_ERRORS_CONTEXT]: false,
      },
    });
    add(app);
    const { stacks } = app.synth();
    const order = app.node.children.map(({ node }) => node.id);
    return stacks
      .toSorted((one, other) => order.indexOf(one.id) - order.indexOf(other.id))
      .map((stack) => describeStack(stack, stacks));
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    rmSync(outdir, { recursive: true });
  }
}
