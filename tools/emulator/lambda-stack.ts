import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { addStack, readConfig } from '../../lib/app';
import { CDK_CONTEXT } from '../cdk-json';
import { adaptAssembly } from './assembly';
import { cdk } from './cdk';
import type { Endpoint } from './environment';
import { type FunctionAddress, serveFunctionAddress } from './function-address';
import { NOT_PLAYED_BY_MINISTACK, type NotPlayed } from './not-played';
import { DeployedPipeline } from './pipeline';

/** The stack Lambda as the sandbox deploys it: its name is no one's who deploys the app to the same emulator. */
const STACK = 'Lambda';
const NAME = 'sandbox';
const WIDTHS = [160, 320, 640];

export interface DeployedLambda {
  readonly address: FunctionAddress;
  readonly pipeline: DeployedPipeline;
  /** What the stack was deployed without, each with the reason. */
  readonly leftOut: readonly string[];
  /** The assembly that was deployed. */
  readonly directory: string;
}

/** Synthesises the stack into a folder, as the app has it, and changes it to what the emulator plays. */
function synthesise(outdir: string, notPlayed: readonly NotPlayed[]): readonly string[] {
  const options = { ...CDK_CONTEXT, name: NAME, 'lambda.pipelineWidths': WIDTHS };
  const app = new App({
    outdir,
    treeMetadata: false,
    analyticsReporting: false,
    builtinCloudFormationValidation: false,
    context: { ...CDK_CONTEXT },
  });
  addStack(app, readConfig(options), STACK);
  app.synth();
  return adaptAssembly(outdir, { notPlayed })[STACK] ?? [];
}

/**
 * Deploys the stack Lambda to an emulator, with the CDK CLI: the way that it takes to an account.
 *
 * @param parent where the assembly is written
 * @param attempts what is left out: the first with which the emulator takes the stack counts
 * @throws Error with what the CLI says where the emulator takes it in no form
 */
export async function deployLambda(
  endpoint: Endpoint,
  parent: string,
  {
    signal,
    attempts = [NOT_PLAYED_BY_MINISTACK],
  }: { signal: AbortSignal; attempts?: readonly (readonly NotPlayed[])[] },
): Promise<DeployedLambda> {
  const [notPlayed = [], ...others] = attempts;
  const directory = mkdtempSync(path.join(parent, 'assembly-'));
  const leftOut = synthesise(directory, notPlayed);
  const outputs = path.join(directory, 'outputs.json');
  try {
    await cdk(endpoint, ['bootstrap', '--app', directory], { signal });
    await cdk(
      endpoint,
      ['deploy', STACK, '--app', directory, '--require-approval', 'never', '--outputs-file', outputs],
      { signal },
    );
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    signal.throwIfAborted();
    if (others.length === 0) throw error;
    return deployLambda(endpoint, parent, { signal, attempts: others });
  }
  const [of = {}] = Object.values(JSON.parse(readFileSync(outputs, 'utf8')) as Record<string, Record<string, string>>);
  const [, bucket = ''] = /^s3:\/\/([^/]+)\//.exec(of['UploadTo'] ?? '') ?? [];
  return {
    address: await serveFunctionAddress(endpoint, of['Url'] ?? ''),
    pipeline: new DeployedPipeline(endpoint, bucket, of['DeadLetterQueueUrl'] ?? '', WIDTHS),
    leftOut,
    directory,
  };
}

/** Removes the stack again, from an emulator that stays. */
export async function destroyLambda(endpoint: Endpoint, { directory, pipeline }: DeployedLambda): Promise<void> {
  await pipeline.letBeEmptied();
  await cdk(endpoint, ['destroy', STACK, '--force', '--app', directory]);
}
