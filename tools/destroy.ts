import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { callerOf, type Where } from './deploy/account';
import { confirm, OUT, type Asked } from './deploy/ask';
import { synthesise, type DeployedStack } from './deploy/assembly';
import { runCdk } from './deploy/cdk';
import { ASSEMBLY, runAccountCommand } from './deploy/command';
import { describeLeftover, leftoversOf, type Leftover } from './deploy/leftovers';
import { inMinutes, newestReport, writeReport } from './deploy/report';
import { RefusedError, Stage } from './deploy/stage';
import { standingStacks, type StandingStack } from './deploy/standing';

const USAGE = `Removes stacks from an AWS account, and then looks for what is left of them.

  npm run destroy -- Lambda               asks first
  npm run destroy -- Network              with the stacks that need it, which go before it
  npm run destroy -- --all -c name=ci     all stacks of this name, also those that others stood on

-c option=value   the options that name the stacks: name, region
--yes             go on without being asked: for CI
--dry-run         stop before it would ask
--out folder      where the report of the deployment is, which is completed (default: ${OUT})

Exit code: 0 they are gone and nothing is left, 1 something is in the way, failed or is left, 2 it was not asked rightly,
130 it was interrupted.`;

const stage = new Stage('destroy');

/** The stacks that are named and those that need them, what needs others first. */
function withDependents(stacks: readonly DeployedStack[], named: readonly string[]): DeployedStack[] {
  const going = new Set(named);
  for (const { id, needs } of stacks) if (needs.some((need) => named.includes(need))) going.add(id);
  // An assembly has them in the order in which they are deployed.
  return stacks.filter(({ id }) => going.has(id)).toReversed();
}

/** What keeps stacks from being deleted. */
const protectionProblems = (standing: readonly StandingStack[], { region }: Where): string[] =>
  standing
    .filter(({ isProtected }) => isProtected)
    .map(
      ({ id, stackName }) =>
        `stack ${stackName} = protected: lift it first with npm run deploy -- ${id} -c protect=false, or aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name ${stackName} --region ${region}`,
    );

async function prepare(asked: Asked, where: Where, interrupted: AbortSignal) {
  stage.progress('looks at the account');
  const { identity, problem } = await callerOf(where, asked.config.deploy.accounts, interrupted);
  if (problem !== undefined) throw new RefusedError([problem], 'removed');
  const stacks = withDependents(await synthesise(ASSEMBLY, asked.given, interrupted), asked.stacks);
  const standing = await standingStacks(stacks, where, interrupted);
  const refused = protectionProblems(standing, where);
  if (refused.length > 0) throw new RefusedError(refused, 'removed');
  return { stacks, standing, account: identity.account };
}

/** Deletes by the CLI; whether all of it is gone then. */
async function remove(
  standing: readonly StandingStack[],
  where: Where,
  interrupted: AbortSignal,
): Promise<readonly StandingStack[]> {
  await runCdk(['destroy', ...standing.map(({ id }) => id), '--exclusively', '--force', '--app', ASSEMBLY], {
    interrupted,
    isShown: true,
    env: { AWS_REGION: where.region, AWS_DEFAULT_REGION: where.region },
  });
  interrupted.throwIfAborted();
  return standingStacks(standing, where, interrupted);
}

function complete(
  asked: Asked,
  ids: readonly string[],
  where: Where,
  milliseconds: number,
  left: readonly Leftover[],
): void {
  const report = newestReport(asked.out, ids, where.region);
  if (report === undefined) return;
  const kinds = [...new Set(left.map(({ kind }) => kind))].sort();
  const file = writeReport(asked.out, { ...report, minutesToDestroy: inMinutes(milliseconds), left: kinds });
  stage.progress(`the report of the deployment is complete: ${path.relative(process.cwd(), file)}`);
}

async function main(asked: Asked, where: Where, interrupted: AbortSignal): Promise<number> {
  const { region } = where;
  const { stacks, standing, account } = await prepare(asked, where, interrupted);
  if (standing.length > 0) {
    console.log(`From account ${account} in ${region}:`);
    for (const { stackName, status } of standing) console.log(`  ${stackName} (${status})`);
    if (asked.isDryRun) {
      stage.progress('nothing was removed');
      return 0;
    }
    if (
      !asked.isSure &&
      !(await confirm(
        `Remove ${standing.length === 1 ? 'it' : 'them'}, with all data that the stacks do not keep?`,
        interrupted,
      ))
    ) {
      stage.progress('nothing was removed');
      return 1;
    }
    stage.reach('CloudFormation goes on with what it has begun. Run the same command again for the rest');
    const began = performance.now();
    const there = await remove(standing, where, interrupted);
    if (there.length > 0) {
      const names = there.map(({ stackName, status }) => `${stackName} (${status})`).join(', ');
      stage.progress(
        `not gone: ${names}; the CLI's words are above. Run the same command again once the reason is gone`,
      );
      return 1;
    }
    return finish(
      asked,
      standing.map(({ id }) => id),
      where,
      performance.now() - began,
      interrupted,
    );
  }
  stage.progress(`none of ${stacks.map(({ stackName }) => stackName).join(', ')} stands in ${region}`);
  return finish(
    asked,
    stacks.map(({ id }) => id),
    where,
    undefined,
    interrupted,
  );
}

/** The tagging API shows what is gone for some minutes: "tagged or previously tagged resources" (API Reference, GetResources). */
const LOOK_AGAIN_MS = 15_000;
const LOOKS = 12;

/** What is left, looked for again while something is, where stacks were removed a moment ago. */
async function leftAfter(
  removed: boolean,
  look: () => Promise<Leftover[]>,
  interrupted: AbortSignal,
): Promise<Leftover[]> {
  let left = await look();
  for (let looks = 1; removed && left.length > 0 && looks < LOOKS; looks++) {
    stage.progress(
      `${left.length} with their tags still; looks again, for ${(LOOKS * LOOK_AGAIN_MS) / 60_000} minutes at most`,
    );
    await setTimeout(LOOK_AGAIN_MS, undefined, { signal: interrupted });
    left = await look();
  }
  return left;
}

/** Looks for what is left, and says it. */
async function finish(
  asked: Asked,
  ids: readonly string[],
  where: Where,
  milliseconds: number | undefined,
  interrupted: AbortSignal,
): Promise<number> {
  stage.reach('the stacks are gone. Run the same command again to look for what is left');
  const left = await leftAfter(
    milliseconds !== undefined,
    () => leftoversOf(asked.config.name, ids, where, interrupted),
    interrupted,
  );
  if (milliseconds !== undefined) complete(asked, ids, where, milliseconds, left);
  if (left.length === 0) {
    console.log('Nothing is left that has their tags.');
    return 0;
  }
  console.log(
    [
      `${left.length} ${left.length === 1 ? 'resource has' : 'resources have'} their tags still; the tagging API may show what is gone for some minutes more:`,
      ...left.map(describeLeftover),
    ].join('\n'),
  );
  return 1;
}

runAccountCommand({ stage, usage: USAGE, verb: 'removed', takesAll: true, main });
