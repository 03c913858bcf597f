import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { version as cdkVersion } from 'aws-cdk/package.json';
import { COMPARED } from '../lib/app';
import { writeWhole } from '../packaging/write-whole';
import type { Where } from './deploy/account';
import { confirm, OUT, shownOptions, type Asked } from './deploy/ask';
import { keepProtection, synthesise, withNeeded, type DeployedStack } from './deploy/assembly';
import { runCdk } from './deploy/cdk';
import { describeChanges, plannedChanges } from './deploy/changes';
import { ASSEMBLY, runAccountCommand } from './deploy/command';
import { check, endpointsOf } from './deploy/endpoints';
import { preflight, type Preflight } from './deploy/preflight';
import { describePrice } from './deploy/price';
import { protect, protectionOf } from './deploy/protection';
import { inMinutes, writeReport, type DeploymentReport } from './deploy/report';
import { longestRollbackMs } from './deploy/rollback';
import { RefusedError, Stage } from './deploy/stage';
import { userEndpoint } from './emulator/user-endpoint';

const USAGE = `Deploys stacks to an AWS account: looks at all that they need first, says what they cost and what a change interrupts, and asks.

  npm run deploy -- Lambda                               one stack, with those that it needs
  npm run deploy -- Ec2 Fargate -c ec2.plan=spot         several, with options; npm run options lists them
  npm run deploy -- Fargate --dry-run                    all the checks, and nothing is made

-c option=value   an option of the app, as often as there are any
--yes             go on without being asked: for CI
--dry-run         stop before it would ask
--out folder      where outputs.json and the report go (default: ${OUT})

Credentials and region are those of the AWS CLI. The allowed accounts stand in deploy.accounts.
A sandbox stack deletes itself after sandbox.expireAfterHours, unless it is deployed again. To remove it: npm run destroy

Exit code: 0 it is deployed and keeps the contract, 1 something is in the way or failed, 2 it was not asked rightly, 130 it
was interrupted.`;

type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

const HOUR_MS = 3_600_000;

const stage = new Stage('deploy');

/** When the stacks delete themselves, in whole minutes; undefined where they do not. */
function expiry({ config, given }: Asked): string | undefined {
  if (given['sandbox.expireAt'] !== undefined) return given['sandbox.expireAt'];
  const { expireAfterHours } = config.sandbox;
  if (expireAfterHours === 0) return undefined;
  const minutes = Math.ceil((Date.now() + expireAfterHours * HOUR_MS) / 60_000);
  return new Date(minutes * 60_000).toISOString().replace('.000Z', 'Z');
}

/** What is about to happen, before it is asked whether it may. */
function describe(asked: Asked, stacks: readonly DeployedStack[], found: Preflight, changes: string[], where: Where) {
  const expires = expiry(asked);
  const { identity, remarks } = found;
  return [
    `To account ${identity?.account ?? ''} in ${where.region}, as ${identity?.caller ?? ''}${asked.config.deploy.accounts.length === 0 ? ' (deploy.accounts names none, so that any is taken)' : ''}`,
    ...changes.map((line) => `  ${line}`),
    ...describePrice(stacks, where.region),
    expires === undefined
      ? 'They stay until they are removed: npm run destroy'
      : `They delete themselves from ${expires} on, what others need an hour later; deploying again moves that, and -c sandbox.expireAfterHours=0 keeps them`,
    ...(protectionOf(asked) === true ? ['Once they stand, CloudFormation refuses to delete them (protect)'] : []),
    ...remarks,
  ].join('\n');
}

/** Deploys by the CLI, and gives its outputs. */
async function deploy(
  asked: Asked,
  where: Where,
  interrupted: AbortSignal,
): Promise<{ code: number | null; outputs: Outputs }> {
  const file = path.join(ASSEMBLY, 'deployed-outputs.json');
  const approval = asked.isSure ? 'never' : 'broadening';
  const { code } = await runCdk(
    [
      ...['deploy', ...asked.stacks, '--app', ASSEMBLY, '--outputs-file', file],
      ...['--require-approval', approval, '--progress', 'events'],
    ],
    { interrupted, isShown: true, env: { AWS_REGION: where.region, AWS_DEFAULT_REGION: where.region } },
  );
  try {
    return { code, outputs: JSON.parse(readFileSync(file, 'utf8')) as Outputs };
  } catch {
    return { code, outputs: {} };
  }
}

/** Adds outputs to those of earlier deployments. */
function writeOutputs(folder: string, outputs: Outputs): string {
  const file = path.join(folder, 'outputs.json');
  if (Object.keys(outputs).length === 0) return path.relative(process.cwd(), file);
  mkdirSync(folder, { recursive: true });
  let earlier: Outputs = {};
  try {
    earlier = JSON.parse(readFileSync(file, 'utf8')) as Outputs;
  } catch {
    // There is none, or none that can be read: what is deployed now is known.
  }
  writeWhole(file, `${JSON.stringify({ ...earlier, ...outputs }, null, 2)}\n`);
  return path.relative(process.cwd(), file);
}

async function prepare(asked: Asked, where: Where, interrupted: AbortSignal) {
  const expires = expiry(asked);
  const options = { ...asked.given, ...(expires !== undefined && { 'sandbox.expireAt': expires }) };
  stage.progress('synthesises, and looks at the account');
  const all = await synthesise(ASSEMBLY, options, interrupted);
  const stacks = withNeeded(all, asked.stacks);
  const found = await preflight(asked, stacks, where, interrupted);
  const refused = found.problems.length > 0;
  const changes = refused ? undefined : await plannedChanges(found.standing, stacks, asked.given, where, interrupted);
  const problems = [...found.problems, ...(changes?.problems ?? [])];
  if (changes === undefined || problems.length > 0) throw new RefusedError(problems, 'made');
  return { stacks, found, changes };
}

async function main(asked: Asked, where: Where, interrupted: AbortSignal): Promise<number> {
  const { region } = where;
  const { stacks, found, changes } = await prepare(asked, where, interrupted);
  console.log(describe(asked, stacks, found, describeChanges(stacks, changes), where));
  if (asked.isDryRun) {
    stage.progress('nothing is in the way; nothing was made');
    return 0;
  }
  const names = stacks.map(({ id }) => id).join(', ');
  if (!asked.isSure && !(await confirm(`Deploy ${names}?`, interrupted))) {
    stage.progress('nothing was made');
    return 1;
  }
  keepProtection(ASSEMBLY, new Map(found.standing.map(({ stackName, isProtected }) => [stackName, isProtected])));
  stage.reach(
    `CloudFormation goes on with what it has begun: aws cloudformation describe-stacks --region ${region} shows how far it is. Run the same command again, or npm run destroy -- ${asked.stacks.join(' ')}`,
  );
  const began = new Date();
  const { code, outputs } = await deploy(asked, where, interrupted);
  const milliseconds = Date.now() - began.getTime();
  interrupted.throwIfAborted();
  // Of a deployment that failed, those of the stacks that succeeded before.
  const file = writeOutputs(asked.out, outputs);
  stage.reach(
    `the stacks stand, and their outputs are in ${file}. To remove them: npm run destroy -- ${asked.stacks.join(' ')}`,
  );
  const report: DeploymentReport = {
    date: began.toISOString(),
    region,
    against: userEndpoint() === undefined ? 'aws' : 'emulator',
    cdk: cdkVersion,
    options: shownOptions(asked.given),
    stacks: stacks.map(({ id }) => {
      const verdict = changes.verdicts.find(({ update }) => update.stack === id);
      return { id, was: verdict === undefined ? 'new' : verdict.update.changes.length > 0 ? 'changed' : 'as it was' };
    }),
    succeeded: code === 0,
    minutesToDeploy: inMinutes(milliseconds),
    minutesToRollBack: null,
    endpoints: [],
    minutesToDestroy: null,
    left: null,
  };
  if (code !== 0) {
    const back = await longestRollbackMs(
      stacks.map(({ stackName }) => stackName),
      began,
      where,
      interrupted,
    );
    const written = writeReport(asked.out, {
      ...report,
      minutesToRollBack: back === undefined ? null : inMinutes(back),
    });
    stage.progress(
      `failed: the CLI's words are above, and the stacks are as CloudFormation left them. Report: ${path.relative(process.cwd(), written)}. Mend it and run the same command again, or npm run destroy -- ${asked.stacks.join(' ')}`,
    );
    return 1;
  }
  const isProtected = protectionOf(asked);
  if (isProtected !== undefined)
    await protect(
      stacks.map(({ stackName }) => stackName),
      isProtected,
      where,
      interrupted,
    );
  const stackNames = new Map(stacks.map(({ id, stackName }) => [id, stackName]));
  // An endpoint may take minutes: an interruption then loses none of what was measured so far.
  let written = writeReport(asked.out, report);
  const endpoints: DeploymentReport['endpoints'] = [];
  for (const endpoint of endpointsOf(outputs, stackNames)) {
    endpoints.push(await check(endpoint, interrupted));
    written = writeReport(asked.out, { ...report, endpoints });
  }
  return summarise(asked, stacks, { ...report, endpoints }, [file, path.relative(process.cwd(), written)]);
}

/** What stands, how it went, and the ways back. */
function summarise(asked: Asked, stacks: readonly DeployedStack[], report: DeploymentReport, files: string[]): number {
  const lines = report.endpoints.map(({ name, firstAnswerSeconds, contract }) =>
    firstAnswerSeconds === null
      ? `${name}: no answer`
      : contract === null
        ? `${name}: the contract could not be checked`
        : `${name}: contract ${contract.passed} kept, ${contract.failed} broken`,
  );
  const back = stacks.flatMap(({ id }) => {
    const how = COMPARED.get(id)?.comparison?.back;
    return how === undefined ? [] : [`  ${id}: ${how}`];
  });
  const isKept = report.endpoints.every(({ contract }) => contract !== null && contract.failed === 0);
  console.log(
    [
      '',
      `Deployed in ${report.minutesToDeploy} minutes. Outputs: ${files[0] ?? ''}. Report: ${files[1] ?? ''}`,
      ...lines,
      `To go back, deploy the earlier code and options by the same command${back.length === 0 ? '' : ', or:'}`,
      ...back,
      `To remove: npm run destroy -- ${asked.stacks.join(' ')}${asked.given['name'] === undefined ? '' : ` -c name=${asked.given['name']}`}`,
    ].join('\n'),
  );
  return isKept ? 0 : 1;
}

runAccountCommand({ stage, usage: USAGE, verb: 'made', main });
