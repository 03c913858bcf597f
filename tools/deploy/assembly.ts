import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ArtifactType } from 'aws-cdk-lib/cloud-assembly-schema';
import { CloudAssembly, type CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { dockerCommand, tryDocker } from '../../docker/command';
import { describeStack, type AssembledStack } from '../assembly';
import type { Template } from '../change/template';
import { runCdk } from './cdk';

/** A stack of the assembly that is deployed. */
export interface DeployedStack extends AssembledStack {
  readonly template: Template;
  /** What the stack asks of the bootstrap stack. */
  readonly bootstrap: { readonly version: number; readonly parameter: string | undefined };
  /** Whether the machine that deploys builds an image of it. */
  readonly buildsImages: boolean;
  readonly isProtected: boolean;
}

/** The assembly is not there, and the CLI has said why. */
export class SynthesisError extends Error {
  override readonly name = 'SynthesisError';
}

/**
 * Synthesises the app by the CDK CLI into a folder: what is looked at is what is deployed.
 *
 * @throws SynthesisError with the CLI's own words
 */
export async function synthesise(
  folder: string,
  options: Readonly<Record<string, string>>,
  interrupted: AbortSignal,
): Promise<DeployedStack[]> {
  rmSync(folder, { recursive: true, force: true });
  const context = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { code, output } = await runCdk(['synth', '--quiet', '--output', folder, ...context], { interrupted });
  interrupted.throwIfAborted();
  try {
    return readAssembly(folder);
  } catch (error) {
    throw new SynthesisError(code === 0 ? String(error) : output.trim(), { cause: error });
  }
}

/** The stacks of an assembly. */
export function readAssembly(folder: string): DeployedStack[] {
  const { stacks } = new CloudAssembly(folder);
  return stacks.map((stack) => ({
    ...describeStack(stack, stacks),
    template: stack.template as Template,
    bootstrap: {
      version: stack.requiresBootstrapStackVersion ?? 0,
      parameter: stack.bootstrapStackVersionSsmParameter,
    },
    buildsImages: buildsImages(stack),
    isProtected: stack.terminationProtection === true,
  }));
}

function buildsImages({ dependencies, assembly }: CloudFormationStackArtifact): boolean {
  return dependencies.some(({ manifest }) => {
    const file = (manifest.properties as { readonly file?: string } | undefined)?.file;
    if (manifest.type !== ArtifactType.ASSET_MANIFEST || file === undefined) return false;
    const assets = JSON.parse(readFileSync(path.join(assembly.directory, file), 'utf8')) as { dockerImages?: object };
    return Object.keys(assets.dockerImages ?? {}).length > 0;
  });
}

/** The stacks that are wanted with all that they need, what is needed first. */
export function withNeeded<S extends Pick<AssembledStack, 'id' | 'needs'>>(
  stacks: readonly S[],
  wanted: readonly string[],
): S[] {
  const found = new Set<S>();
  const add = (id: string): void => {
    const stack = stacks.find((each) => each.id === id);
    if (stack === undefined || found.has(stack)) return;
    for (const need of stack.needs) add(need);
    found.add(stack);
  };
  for (const id of wanted) add(id);
  return [...found];
}

/**
 * Has the CLI leave the protection of stacks as it is: it protects a new stack before it creates anything of it, and
 * then cannot delete what fails.
 *
 * @param now whether each stack is protected now, by its name; a stack that does not stand is not
 */
export function keepProtection(folder: string, now: ReadonlyMap<string, boolean>): void {
  const file = path.join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as {
    artifacts: Record<string, { type: string; properties?: { stackName?: string; terminationProtection?: boolean } }>;
  };
  for (const [id, { type, properties }] of Object.entries(manifest.artifacts))
    if (type === 'aws:cloudformation:stack' && properties)
      properties.terminationProtection = now.get(properties.stackName ?? id) ?? false;
  writeFileSync(file, JSON.stringify(manifest));
}

/** Why no image can be built here, where one has to be; nothing where it can. */
export async function dockerProblem(
  stacks: readonly DeployedStack[],
  interrupted: AbortSignal,
): Promise<string | undefined> {
  const building = stacks.filter((stack) => stack.buildsImages).map(({ id }) => id);
  if (building.length === 0) return undefined;
  const advice = 'start it, name another such as podman in CDK_DOCKER, or let AWS build: -c registry.build=codebuild';
  try {
    const { code, stderr } = await tryDocker(['version'], { signal: interrupted });
    if (code === 0) return undefined;
    return `docker = no engine answers "${dockerCommand()}" (${stderr.trim().split('\n')[0] ?? ''}), and ${building.join(', ')} builds an image here; ${advice}`;
  } catch (error) {
    interrupted.throwIfAborted();
    return `docker = none: ${(error as Error).message} ${building.join(', ')} builds an image here; ${advice}`;
  }
}
