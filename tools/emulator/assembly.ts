import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { BUNDLE } from '../../packaging/bundle';
import { FRAMEWORKS, packageState } from '../../packaging/framework-packages';
import { writeWhole } from '../../packaging/write-whole';
import type { Template } from '../change/template';
import { type NotPlayed, withoutNotPlayed } from './not-played';

const ROOT = path.join(__dirname, '..', '..');

/** The manifest of a stack's assets, as far as it is read here. */
interface Assets {
  files: Record<string, { displayName?: string; source: { path?: string; packaging?: string } }>;
  dockerImages?: Record<string, unknown>;
}

/** How the CDK CLI finds a stack's template in an assembly. */
interface Manifest {
  readonly artifacts: Readonly<
    Record<string, { readonly type: string; readonly properties?: { readonly templateFile?: string } }>
  >;
}

export interface Adaptation {
  readonly notPlayed: readonly NotPlayed[];
  /** Changes a template further. Default: as it is. */
  readonly change?: (template: Template, stackId: string) => Template;
}

/**
 * Changes a synthesised assembly to what an emulator on this machine plays: stacks without what it does not play, packages
 * with the native code of this machine's processor, no images of containers. What is changed has other keys from then on: the
 * CDK CLI uploads nothing under a key that is there already, and CloudFormation would get what was there before.
 *
 * @returns what was left out of each stack, by its id
 */
export function adaptAssembly(
  directory: string,
  { notPlayed, change = (template) => template }: Adaptation,
): Readonly<Record<string, readonly string[]>> {
  const file = (name: string): string => path.join(directory, name);
  const { artifacts } = JSON.parse(readFileSync(file('manifest.json'), 'utf8')) as Manifest;
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  return Object.fromEntries(
    stacks.map(([id, { properties }]) => {
      const templateFile = properties?.templateFile ?? `${id}.template.json`;
      const names = [templateFile, `${id}.assets.json`, 'manifest.json'].filter((name) => existsSync(file(name)));
      const texts = new Map(names.map((name) => [name, readFileSync(file(name), 'utf8')]));
      /** An asset's key is its hash, wherever it stands. */
      const giveKey = (hash: string, from: string): void => {
        const other = createHash('sha256').update(hash).update(from).digest('hex');
        for (const [name, text] of texts) texts.set(name, text.replaceAll(hash, other));
      };

      const assets = readAssets(texts.get(`${id}.assets.json`));
      const forHere = Object.entries(assets.files).flatMap(([hash, { displayName, source }]) => {
        const own = packageForHere(displayName);
        if (own === undefined) return [];
        source.path = own;
        return [hash];
      });
      if (texts.has(`${id}.assets.json`))
        texts.set(`${id}.assets.json`, JSON.stringify({ ...assets, dockerImages: {} }));
      for (const hash of forHere) giveKey(hash, process.arch);
      const before = texts.get(templateFile) ?? '{}';
      const played = withoutNotPlayed(JSON.parse(before) as Template, notPlayed);
      const after = JSON.stringify(change(forThisProcessor(played.template), id));
      texts.set(templateFile, after);
      const [key] = Object.entries(assets.files).find(([, { source }]) => source.path === templateFile) ?? [];
      if (key !== undefined) giveKey(key, after);
      for (const [name, text] of texts) writeWhole(file(name), text);
      return [id, played.leftOut];
    }),
  );
}

const readAssets = (text: string | undefined): Assets =>
  text === undefined ? { files: {} } : (JSON.parse(text) as Assets);

const isArm = process.arch === 'arm64';

/** The package for this machine of those that are built for ARM64. */
function packageForHere(displayName: string | undefined): string | undefined {
  if (isArm) return undefined;
  if (displayName === 'Service/Code') return BUNDLE.zip('x64');
  const framework = FRAMEWORKS.find(({ name }) => displayName === `Package of ${name}`);
  if (framework !== undefined) {
    const state = packageState(framework.name);
    return 'manifest' in state ? path.join(ROOT, state.manifest.packages.x64.file) : undefined;
  }
  return displayName === 'Pipeline/Function/Code' ? BUNDLE.pipelineZip('x64') : undefined;
}

/** Functions of the processor that this machine has. */
function forThisProcessor(template: Template): Template {
  const Resources = Object.fromEntries(
    Object.entries(template.Resources ?? {}).map(([id, resource]) => {
      const { Type, Properties } = resource;
      const isMeant = !isArm && Type === 'AWS::Lambda::Function' && Properties?.['Architectures'] !== undefined;
      return [id, isMeant ? { ...resource, Properties: { ...Properties, Architectures: ['x86_64'] } } : resource];
    }),
  );
  return { ...template, Resources };
}

/** The names of the assembly's stacks in CloudFormation, by their ids. */
export function stackNames(directory: string): Readonly<Record<string, string>> {
  const { artifacts } = JSON.parse(readFileSync(path.join(directory, 'manifest.json'), 'utf8')) as {
    readonly artifacts: Readonly<
      Record<string, { readonly type: string; readonly properties?: { readonly stackName?: string } }>
    >;
  };
  return Object.fromEntries(
    Object.entries(artifacts)
      .filter(([, { type }]) => type === 'aws:cloudformation:stack')
      .map(([id, { properties }]) => [id, properties?.stackName ?? id]),
  );
}

/** The keys under which an assembly uploads, by stack. */
export const assetKeys = (directory: string): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    readdirSync(directory)
      .filter((name) => name.endsWith('.assets.json'))
      .map((name) => [
        name.replace('.assets.json', ''),
        Object.keys(readAssets(readFileSync(path.join(directory, name), 'utf8')).files).sort(),
      ]),
  );
