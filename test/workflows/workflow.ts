import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { once } from 'node:events';
import { parse } from 'yaml';

export const ROOT = path.join(__dirname, '..', '..');

/** A step of a job: an action, or commands. */
export interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly shell?: string;
}

export interface Job {
  readonly if?: string;
  readonly needs?: string | readonly string[];
  readonly environment?: string;
  readonly concurrency?: { readonly group: string; readonly 'cancel-in-progress': boolean };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly defaults?: { readonly run: { readonly shell: string } };
  readonly jobs: Readonly<Record<string, Job>>;
}

export const readWorkflow = (file: string): Workflow =>
  parse(readFileSync(path.join(ROOT, '.github', 'workflows', file), 'utf8')) as Workflow;

/** The steps of a workflow that run commands, each with its job. */
export const shellSteps = (workflow: Workflow): { job: string; step: Step; run: string }[] =>
  Object.entries(workflow.jobs).flatMap(([job, { steps }]) =>
    steps.flatMap((step) => (step.run === undefined ? [] : [{ job, step, run: step.run }])),
  );

export interface Ran {
  readonly code: number;
  /** Standard output and standard error. */
  readonly output: string;
}

/**
 * Runs the commands of a step as a GitHub runner does: a file given to bash, which ends at the first command that fails.
 *
 * @param name of the step; its commands, where it has no name
 * @param folder the workspace
 * @param env what the workflow and the runner set; no variable of this process but PATH and HOME is seen
 */
export async function runStep(
  workflow: Workflow,
  job: string,
  name: string,
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const found = workflow.jobs[job]?.steps.find((step) => (step.name ?? step.run) === name);
  if (found?.run === undefined) throw new Error(`${job} has no step ${name}`);
  const script = path.join(folder, '.step.sh');
  writeFileSync(script, found.run);
  const shell = found.shell ?? workflow.defaults?.run.shell;
  // https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
  const flags = shell === 'bash' ? ['--noprofile', '--norc', '-eo', 'pipefail'] : ['-e'];
  const child = spawn('bash', [...flags, script], {
    cwd: folder,
    env: {
      PATH: `${path.join(folder, '.fakes')}:${process.env['PATH'] ?? ''}`,
      HOME: process.env['HOME'],
      CI: 'true',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { code, output: `${output}${errors}` };
}

/**
 * Puts a command in front of the real one of its name, for the steps of a workspace.
 *
 * @param script of Node.js, as CommonJS: `args` are its arguments, and `real()` runs the real command with them
 */
export function fake(folder: string, command: string, script: string): void {
  const fakes = path.join(folder, '.fakes');
  mkdirSync(fakes, { recursive: true });
  const file = path.join(fakes, command);
  const head = [
    `#!${process.execPath}`,
    "const fs = require('node:fs');",
    'const args = process.argv.slice(2);',
    'const real = () => {',
    `  const PATH = process.env.PATH.split(':').filter((each) => each !== ${JSON.stringify(fakes)}).join(':');`,
    `  const { status } = require('node:child_process').spawnSync(${JSON.stringify(command)}, args, { stdio: 'inherit', env: { ...process.env, PATH } });`,
    '  process.exit(status ?? 1);',
    '};',
  ];
  writeFileSync(file, [...head, script, ''].join('\n'));
  chmodSync(file, 0o755);
}

/** What a fake command writes its arguments into, one line of JSON a call. */
export const calls = (folder: string, command: string): string[][] =>
  readFileSync(path.join(folder, `${command}.calls`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string[]);

/** The line of a fake that writes its arguments there. */
export const recordIn = (folder: string, command: string): string =>
  `fs.appendFileSync(${JSON.stringify(path.join(folder, `${command}.calls`))}, JSON.stringify(args) + '\\n');`;
