import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Preset } from '../lib/options/kinds';
import { CONTEXT, contextFrom, fail, readCommandLine, UsageError } from './command-line';
import { ACCEPTED_BY_CFN_LINT, ACCEPTED_BY_CHECKOV } from './lint/accepted';
import { judge, type Finding, type Verdict } from './lint/finding';
import { LINTERS, runCfnLint, runCheckov } from './lint/linters';
import { writeOwnApps, writeTemplates, type WrittenTemplates } from './lint/templates';
import { PRESETS } from './variants';

/** One region of each partition in reach, and three of the commercial ones. */
const REGIONS = ['us-east-1', 'ap-northeast-2', 'eu-central-1', 'cn-north-1', 'us-gov-west-1'];

const USAGE = `Checks the templates with cfn-lint and checkov, which it installs into .cache/ with Python 3.

  npm run lint:templates                        both presets, for ${REGIONS.join(', ')};
                                                and the roles of GitHub Actions
  npm run lint:templates -- -c option=value     one set of options, such as -c preset=production -c region=eu-west-1

What is found must be in tools/lint/accepted.ts with its reason, and what is there must be found.
Without Python 3, or where its packages can't be installed, the check is skipped; with LEAVE_NOTHING_OUT=1 it fails.
Exit code: 0 all is accepted, 1 something is not, 2 it was not asked rightly.`;

const progress = (line: string): void => {
  console.error(`lint: ${line}`);
};

/** Why there are no linters; undefined where they are installed. */
async function missing(): Promise<string | undefined> {
  const problem = await LINTERS.installFor('cfn-lint');
  return problem === undefined ? undefined : `cfn-lint and checkov are not installed: ${problem}`;
}

function report({ names, leftOut }: WrittenTemplates, verdicts: readonly Verdict[], withStale: boolean): boolean {
  for (const [reason, refusedAtSynth] of leftOut) console.log(`not made: ${refusedAtSynth.join(', ')}: ${reason}`);
  const refused = verdicts.flatMap((verdict) => verdict.refused);
  const stale = withStale ? verdicts.flatMap((verdict) => verdict.stale) : [];
  const isRight = (name: string): boolean => !refused.some(({ template }) => template === name);
  for (const name of names) {
    console.log(`${isRight(name) ? 'ok  ' : 'FAIL'} ${name}`);
    for (const finding of refused.filter(({ template }) => template === name)) console.log(`       ${line(finding)}`);
  }
  for (const entry of stale)
    console.log(`FAIL ${entry} is accepted and no longer found; take it out of tools/lint/accepted.ts`);
  const passed = names.filter(isRight).length;
  const failed = names.length - passed + stale.length;
  console.log(`\n${passed} passed, ${failed} failed, 0 skipped`);
  return failed === 0;
}

const line = ({ rule, resource, message }: Finding): string => `${rule} ${resource}: ${message}`;

async function lint(given: Readonly<Record<string, string>>): Promise<boolean> {
  const { preset, region, ...options } = given;
  if (preset !== undefined && !Object.hasOwn(PRESETS, preset))
    throw new UsageError(`"${preset}" is no preset; there is ${Object.keys(PRESETS).join(' and ')}.`, USAGE);
  const isAsSet = Object.keys(given).length === 0;
  const presets = (isAsSet ? Object.keys(PRESETS) : [preset ?? 'sandbox']) as Preset[];
  const folder = mkdtempSync(path.join(tmpdir(), 'compute-lint-'));
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort(name));
  try {
    progress('synthesising the templates');
    const written =
      region === undefined
        ? writeTemplates(folder, presets, REGIONS, options)
        : writeTemplates(folder, presets, [region], { ...options, region });
    const ownApps = isAsSet ? writeOwnApps(folder, REGIONS) : { groups: [], names: [] };
    const groups = new Map([...written.groups, ...ownApps.groups].map((group) => [group.folder, group]));
    const names = [...written.names, ...ownApps.names];
    progress(`cfn-lint and checkov read ${names.length} templates, which takes a minute or two`);
    const [errors, failures] = await Promise.all([
      runCfnLint([...groups.values()], interrupted.signal),
      runCheckov(folder, interrupted.signal),
    ]);
    return report(
      { ...written, names },
      [judge(errors, ACCEPTED_BY_CFN_LINT), judge(failures, ACCEPTED_BY_CHECKOV)],
      isAsSet,
    );
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    throw new Error(`interrupted by ${String(interrupted.signal.reason)}`, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  try {
    const { values } = readCommandLine(USAGE, { options: CONTEXT });
    const given = contextFrom(values.context);
    const reason = await missing();
    if (reason === undefined) process.exitCode = (await lint(given)) ? 0 : 1;
    else if (process.env['LEAVE_NOTHING_OUT'] === '1') throw new Error(reason);
    else console.log(`left out: linters of templates: ${reason}\n\n0 passed, 0 failed, 1 skipped`);
  } catch (error) {
    fail(error);
  }
}

void main();
