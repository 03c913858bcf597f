import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brokenRulesOf, readConfig } from '../../lib/app';
import { addBudgetStack } from '../../lib/budget/options';
import { addGitHubStack } from '../../lib/github/options';
import type { Preset } from '../../lib/options/kinds';
import { assemble, assembleApp } from '../assembly';
import { CDK_CONTEXT } from '../cdk-json';
import { PRESETS } from '../variants';

/** Templates that can be deployed in the same regions. */
export interface Group {
  readonly folder: string;
  readonly regions: readonly string[];
}

export interface WrittenTemplates {
  readonly groups: readonly Group[];
  /** The preset and the stack of each template, such as `sandbox Ec2`. */
  readonly names: readonly string[];
  /** What is refused at synth and so not written: the reason, and the templates. */
  readonly leftOut: ReadonlyMap<string, readonly string[]>;
}

/**
 * Writes the templates of presets into a folder, each stack by the regions in which it is not refused. The templates name
 * no region, unless one is among the options.
 *
 * @throws ConfigurationError where the options are wrong
 */
export function writeTemplates(
  root: string,
  presets: readonly Preset[],
  regions: readonly string[],
  options: Readonly<Record<string, unknown>> = {},
): WrittenTemplates {
  const groups = new Map<string, Group>();
  const names: string[] = [];
  const leftOut = new Map<string, string[]>();
  for (const preset of presets) {
    const context = { ...PRESETS[preset], ...options };
    for (const { id, template, problems } of assemble(context)) {
      const name = `${preset} ${id}`;
      const refusals = regions.map((region) => ({
        region,
        reasons: [...problems, ...refusalsIn(region, context, id)],
      }));
      for (const reason of refusals.flatMap(({ reasons }) => reasons))
        leftOut.set(reason, [...new Set([...(leftOut.get(reason) ?? []), name])]);
      const allowed = refusals.filter(({ reasons }) => reasons.length === 0).map(({ region }) => region);
      if (allowed.length === 0) continue;
      const group = write(root, allowed, preset, id, template);
      groups.set(group.folder, group);
      names.push(name);
    }
  }
  return { groups: [...groups.values()], names, leftOut };
}

/** Writes the templates that have apps of their own, and no preset, beside those of `writeTemplates`. */
export function writeOwnApps(root: string, regions: readonly string[]): Pick<WrittenTemplates, 'groups' | 'names'> {
  const gitHub = assembleApp((app) => addGitHubStack(app, { 'github.repository': 'octo-org/octo-repo' }));
  const budget = assembleApp((app) => addBudgetStack(app, { 'alarms.email': 'me@example.com' }));
  const withBudgets = regions.filter((region) => !region.startsWith('us-gov-'));
  const groups = [
    ...gitHub.map(({ id, template }) => write(root, regions, 'any', id, template)),
    ...budget.map(({ id, template }) => write(root, withBudgets, 'any', id, template)),
  ];
  return { groups, names: ['any GitHub', 'any Budget'] };
}

function write(root: string, regions: readonly string[], preset: string, id: string, template: object): Group {
  const folder = path.join(root, regions.join('+'));
  mkdirSync(path.join(folder, preset), { recursive: true });
  writeFileSync(path.join(folder, preset, `${id}.json`), JSON.stringify(template, null, 1));
  return { folder, regions };
}

const refusalsIn = (region: string, context: Readonly<Record<string, unknown>>, id: string): string[] =>
  brokenRulesOf(readConfig({ ...CDK_CONTEXT, ...context, region }), id);
