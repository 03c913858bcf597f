import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { addStacks, readConfig } from '../../lib/app';
import { CDK_CONTEXT } from '../cdk-json';

/** A resource of a template. */
export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
}

/** A template as CloudFormation gets it. */
export interface Template {
  readonly Description?: string;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

/** A construct of the tree that CDK writes beside the templates. */
export interface TreeNode {
  readonly id: string;
  readonly path: string;
  readonly children?: Readonly<Record<string, TreeNode>>;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** A stack of the cloud assembly. */
export interface AssemblyStack {
  /** The id by which `cdk deploy` knows it. */
  readonly id: string;
  /** The name that CloudFormation gives it; references between stacks use it. */
  readonly stackName: string;
  readonly template: Template;
  readonly tree: TreeNode;
}

/** What the app's entry lists: every stack, in the order in which the app makes them. */
export interface Assembly {
  readonly stacks: readonly AssemblyStack[];
}

interface TreeFile {
  readonly tree: TreeNode;
}
interface ManifestFile {
  readonly artifacts: Readonly<Record<string, { readonly type: string; readonly properties?: Properties }>>;
}
interface Properties {
  readonly templateFile?: string;
  readonly stackName?: string;
}

/**
 * Synthesises the app with these options, as `cdk synth` does, and reads the cloud assembly: templates and construct
 * tree. It needs no account, network or Docker. This is the only place where the pictures and the day touch `lib/`.
 *
 * @throws ConfigurationError where an option is wrong
 */
export function synthesize(options: Readonly<Record<string, unknown>> = {}): Assembly {
  const outdir = mkdtempSync(path.join(tmpdir(), 'assembly-'));
  try {
    const app = new App({
      outdir,
      analyticsReporting: false,
      context: { ...CDK_CONTEXT, 'aws:cdk:bundling-stacks': [], 'aws:cdk:disable-asset-staging': true },
    });
    addStacks(app, readConfig(options));
    withoutValidation(() => app.synth());
    return readAssembly(outdir);
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** Reads a folder that a synthesis has written, such as `cdk.out`. */
export function readAssembly(folder: string): Assembly {
  const { artifacts } = readJson(folder, 'manifest.json') as ManifestFile;
  const { tree } = readJson(folder, 'tree.json') as TreeFile;
  return {
    stacks: Object.entries(artifacts).flatMap(([id, { type, properties }]) => {
      const node = tree.children?.[id];
      if (type !== 'aws:cloudformation:stack' || properties?.templateFile === undefined || node === undefined)
        return [];
      const template = readJson(folder, properties.templateFile) as Template;
      return [{ id, stackName: properties.stackName ?? id, template, tree: node }];
    }),
  };
}

const readJson = (folder: string, file: string): unknown => JSON.parse(readFileSync(path.join(folder, file), 'utf8'));

/** `npm run validate` checks the templates against policies; here they are only read. */
function withoutValidation(work: () => void): void {
  const { CDK_VALIDATION } = process.env;
  process.env['CDK_VALIDATION'] = 'false';
  try {
    work();
  } finally {
    if (CDK_VALIDATION === undefined) delete process.env['CDK_VALIDATION'];
    else process.env['CDK_VALIDATION'] = CDK_VALIDATION;
  }
}
