import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { addStack, addStacks, readConfig } from '../../lib/app';
import { ConfigurationError } from '../../lib/options/problems';
import { CDK_CONTEXT } from '../cdk-json';
import { standsOnce, type Candidate } from './crossover';
import { sizesOf } from './sizes';
import { Template } from './template';

/** A stack as it would be deployed. */
export interface Stack {
  readonly id: string;
  readonly template: Template;
  /** The stacks that are deployed with it. */
  readonly needs: readonly string[];
  /** Why it is refused, where it is: its template is empty then. */
  readonly problems: readonly string[];
}

/**
 * Synthesises the app in this process, with the options of cdk.json and these. Nothing is bundled or uploaded, and the
 * templates are not validated: that is for `npm run validate`.
 *
 * @param only the stack that is wanted, with what it needs; all of them without it
 * @throws ConfigurationError where the options are wrong
 */
export function synthesise(options: Readonly<Record<string, unknown>>, only?: string): Stack[] {
  const config = readConfig({ ...CDK_CONTEXT, ...options });
  const outdir = mkdtempSync(path.join(tmpdir(), 'compute-cost-'));
  const { stackTraceLimit } = Error;
  // CDK notes where each construct is from, which nothing here reads: an eighth of the time.
  Error.stackTraceLimit = 0;
  try {
    const app = new App({
      outdir,
      treeMetadata: false,
      analyticsReporting: false,
      builtinCloudFormationValidation: false,
      context: { ...CDK_CONTEXT, 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-asset-staging': true },
    });
    if (only === undefined) addStacks(app, config);
    else addStack(app, config, only);
    const { stacks } = app.synth();
    const order = app.node.children.map(({ node }) => node.id);
    return stacks
      .toSorted((one, other) => order.indexOf(one.id) - order.indexOf(other.id))
      .map(({ id, template, dependencies, messages }) => ({
        id,
        template: new Template(template as object),
        needs: dependencies.map((each) => each.id).filter((name) => order.includes(name)),
        problems: messages.flatMap(({ entry }) => (entry.type === 'aws:cdk:error' ? [entry.data as string] : [])),
      }));
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    rmSync(outdir, { recursive: true });
  }
}

/** The compute options at every size that the crossover compares; what a size contradicts is not compared at it. */
export function candidates(stacks: readonly Stack[], options: Readonly<Record<string, unknown>>): Candidate[] {
  return stacks.filter(standsOnce).flatMap(({ id }) =>
    sizesOf(id, options).flatMap((size) => {
      const sized = size.name === '' ? stacks : synthesiseIfPossible({ ...options, ...size.options }, id);
      const own = sized.find((stack) => stack.id === id);
      if (own === undefined) return [];
      return [
        { option: id, size: size.name, stacks: sized.filter((each) => each === own || own.needs.includes(each.id)) },
      ];
    }),
  );
}

function synthesiseIfPossible(options: Readonly<Record<string, unknown>>, only: string): Stack[] {
  try {
    return synthesise(options, only);
  } catch (error) {
    if (error instanceof ConfigurationError) return [];
    throw error;
  }
}
