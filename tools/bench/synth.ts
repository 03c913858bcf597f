import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Progress } from './functions';
import { quantile } from './quantities';

const ROOT = path.join(__dirname, '..', '..');
const ROUNDS = 3;

/** What synthesis takes, in processor seconds of whole processes, the CDK CLI included: medians. */
export interface SynthFigures {
  readonly stacks: number;
  /** `cdk synth` of every stack, without CDK's validation. */
  readonly cpuSeconds: number;
  /** The same with it, as it is by default. */
  readonly cpuSecondsValidated: number;
  /** An app of one stack, an `ApplicationLoadBalancedFargateService` in a VPC, in the same rounds without validation. */
  readonly oneStackCpuSeconds: number;
}

/** Makes every Node.js process that it is loaded into leave its processor time in a folder. */
const PRELOAD = `data:text/javascript,${encodeURIComponent(
  `import{writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(process.env.BENCH_USAGE+'/'+process.pid,JSON.stringify(process.cpuUsage())))`,
)}`;

async function synthesize(
  app: string,
  validated: boolean,
  leftovers: Set<() => unknown>,
): Promise<{ seconds: number; stacks: number }> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-synth-'));
  const usage = mkdtempSync(path.join(os.tmpdir(), 'bench-usage-'));
  const remove = () => [folder, usage].forEach((each) => rmSync(each, { recursive: true, force: true }));
  leftovers.add(remove);
  const { CDK_VALIDATION: _, ...env } = process.env;
  const child = spawn(
    process.execPath,
    [require.resolve('aws-cdk/bin/cdk'), 'synth', '--quiet', '--app', `node --import tsx ${app}`, '--output', folder],
    {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...env,
        NODE_OPTIONS: `--import ${PRELOAD}`,
        BENCH_USAGE: usage,
        ...(!validated && { CDK_VALIDATION: 'false' }),
      },
    },
  );
  const kill = () => child.kill('SIGKILL');
  leftovers.add(kill);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  leftovers.delete(kill);
  if (code !== 0) throw new Error(`cdk synth of ${app} ended with ${String(code)}.`);
  const microseconds = readdirSync(usage)
    .map((file) => JSON.parse(readFileSync(path.join(usage, file), 'utf8')) as NodeJS.CpuUsage)
    .reduce((sum, { user, system }) => sum + user + system, 0);
  const stacks = readdirSync(folder).filter((file) => file.endsWith('.template.json')).length;
  remove();
  leftovers.delete(remove);
  return { seconds: microseconds / 1e6, stacks };
}

/** Synthesises all of ours and one common stack in turns. */
export async function benchSynth(progress: Progress, leftovers: Set<() => unknown>): Promise<SynthFigures> {
  const runs = { all: [] as number[], validated: [] as number[], one: [] as number[] };
  let stacks = 0;
  for (let round = 1; round <= ROUNDS; round += 1) {
    progress(`synthesis ${round} of ${ROUNDS}: without validation, one stack, with validation`);
    const all = await synthesize('bin/compute.ts', false, leftovers);
    stacks = all.stacks;
    runs.all.push(all.seconds);
    runs.one.push((await synthesize('tools/bench/one-stack.ts', false, leftovers)).seconds);
    runs.validated.push((await synthesize('bin/compute.ts', true, leftovers)).seconds);
  }
  const median = (seconds: readonly number[]): number => quantile(seconds, 0.5);
  return {
    stacks,
    cpuSeconds: median(runs.all),
    cpuSecondsValidated: median(runs.validated),
    oneStackCpuSeconds: median(runs.one),
  };
}
