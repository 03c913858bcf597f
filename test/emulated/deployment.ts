import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BUNDLE } from '../../packaging/bundle';
import type { Template } from '../../tools/change/template';
import { appWith } from '../synthesis';
import type { Ministack } from '../../tools/emulator/ministack';
import { NOT_PLAYED_WITHOUT_ASSETS, withoutNotPlayed } from '../../tools/emulator/not-played';

const ROOT = path.join(__dirname, '..', '..');

/** Runs a program to its end. */
export async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, output };
}

interface Assets {
  readonly files: Readonly<Record<string, { readonly displayName?: string; readonly source: { path: string } }>>;
}

/** The stack Lambda with these options, deployed by the CDK CLI, with the packages for the machine that runs this. */
export async function deployLambdaStack(
  emulator: Ministack,
  options: Readonly<Record<string, unknown>>,
): Promise<{ outputs: Readonly<Record<string, string>>; leftOut: readonly string[] }> {
  const { directory } = appWith(options).synth();
  const file = (name: string): string => path.join(directory, name);
  const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
  const assets = JSON.parse(readFileSync(file('Lambda.assets.json'), 'utf8')) as Assets;
  for (const { displayName, source } of Object.values(assets.files)) {
    if (displayName === 'Service/Code') source.path = BUNDLE.zip(architecture);
    if (displayName === 'Pipeline/Function/Code') source.path = BUNDLE.pipelineZip(architecture);
  }
  writeFileSync(file('Lambda.assets.json'), JSON.stringify(assets));
  const template = JSON.parse(readFileSync(file('Lambda.template.json'), 'utf8')) as Template;
  const played = withoutNotPlayed(template, NOT_PLAYED_WITHOUT_ASSETS);
  writeFileSync(file('Lambda.template.json'), JSON.stringify(played.template));

  const cdk = async (...args: string[]): Promise<void> => {
    const command = [require.resolve('aws-cdk/bin/cdk'), ...args, '--app', directory];
    const { status, output } = await run(command, { ...emulator.environment, CDK_DISABLE_CLI_TELEMETRY: 'true' });
    if (status !== 0) throw new Error(`cdk ${args.join(' ')}:\n${output}`);
  };
  await cdk('bootstrap', 'aws://000000000000/eu-central-1');
  await cdk('deploy', 'Lambda', '--require-approval', 'never', '--outputs-file', file('outputs.json'));
  const outputs = JSON.parse(readFileSync(file('outputs.json'), 'utf8')) as Record<string, Record<string, string>>;
  return { outputs: Object.values(outputs)[0] ?? {}, leftOut: played.leftOut };
}
