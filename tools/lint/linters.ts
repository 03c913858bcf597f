import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { PythonEnvironment } from '../python-environment';
import { cfnLintArguments, cfnLintErrors } from './cfn-lint';
import { checkovArguments, checkovFailures } from './checkov';
import type { Finding } from './finding';
import type { Group } from './templates';

/** cfn-lint, checkov, zizmor and shellcheck, as requirements.txt pins them. */
export const LINTERS = new PythonEnvironment('linters', path.join(__dirname, 'requirements.txt'));

/** The errors of cfn-lint in all templates, for the regions of each. */
export async function runCfnLint(groups: readonly Group[], signal?: AbortSignal): Promise<Finding[]> {
  const found: Finding[] = [];
  // One after the other: beside checkov there is no second core on a small machine.
  for (const { folder, regions } of groups)
    found.push(...cfnLintErrors(await outputOf('cfn-lint', cfnLintArguments(folder, regions), signal)));
  return found;
}

/** The checks of checkov that fail in the templates of a folder. */
export const runCheckov = async (folder: string, signal?: AbortSignal): Promise<Finding[]> =>
  checkovFailures(await outputOf('checkov', checkovArguments(folder), signal));

/** What a linter of the Python environment writes. */
export async function outputOf(linter: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  const command = LINTERS.command(linter);
  if (command === undefined) throw new Error(`${linter} is not installed as tools/lint/requirements.txt says`);
  return reportOf(command, args, signal);
}

/**
 * What a linter writes. Its exit code says only whether it found something, so that is no failure.
 *
 * @param command its path
 * @throws Error with what it said, where that is no report
 */
export async function reportOf(command: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], signal });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (/^\s*[[{]/.test(output)) return output;
  throw new Error(`${path.basename(command)} wrote no report: ${errors.trim() || 'nothing'}`);
}
