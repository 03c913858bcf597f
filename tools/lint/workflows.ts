import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { run } from '../python-environment';
import { LINTERS, outputOf, reportOf } from './linters';

/** What a linter found in a file below `.github`. */
export interface WorkflowFinding {
  /** The linter's name of the rule, such as `unpinned-uses` or `shellcheck`. */
  readonly rule: string;
  /** From the folder of the project. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

/** A linter of the workflows. */
export interface WorkflowLinter {
  readonly name: string;
  /** Whether it is installed as it is pinned. */
  isInstalled(): boolean;
  /**
   * Installs it, where it is not.
   *
   * @returns why it could not be installed; undefined where it is there
   */
  install(): Promise<string | undefined>;
  /**
   * What it finds in a project. It reads files and asks no server.
   *
   * @param project the folder that holds `.github`
   * @throws Error where it could not read a file
   */
  find(project: string, signal?: AbortSignal): Promise<WorkflowFinding[]>;
}

/** zizmor judges what a workflow could be made to do: actions that can move, permissions, templates in shell steps. */
export const ZIZMOR: WorkflowLinter = {
  name: 'zizmor',
  isInstalled: () => LINTERS.command('zizmor') !== undefined,
  install: () => LINTERS.installFor('zizmor'),
  find: async (project, signal) => {
    const report = await outputOf('zizmor', zizmorArguments(project), signal);
    return (JSON.parse(report) as ZizmorFinding[]).map(({ ident, desc, locations }) => {
      const at = locations.find(({ symbolic }) => symbolic.kind === 'Primary') ?? locations[0];
      return {
        rule: ident,
        file: path.relative(project, at.symbolic.key.Local.verbatim_path),
        line: at.concrete.location.start_point.row + 1,
        message: `${desc}: ${at.symbolic.annotation}`,
      };
    });
  },
};

/** Without codes, the exit code is that of a failure only. A file that can't be read is one. */
const zizmorArguments = (project: string): string[] => [
  ...['--offline', '--no-config', '--strict-collection'],
  ...['--format', 'json', '--no-exit-codes', '--no-progress'],
  ...['--', path.join(project, '.github')],
];

interface ZizmorLocation {
  readonly symbolic: {
    readonly key: { readonly Local: { readonly verbatim_path: string } };
    readonly annotation: string;
    readonly kind: 'Primary' | 'Related' | 'Hidden';
  };
  /** Its row is from 0. */
  readonly concrete: { readonly location: { readonly start_point: { readonly row: number } } };
}

interface ZizmorFinding {
  readonly ident: string;
  readonly desc: string;
  readonly locations: readonly [ZizmorLocation, ...ZizmorLocation[]];
}

/**
 * actionlint judges whether a workflow is one: its keys, expressions and inputs. With zizmor comes shellcheck, to which
 * it gives the shell steps; without it, those are not judged.
 */
export const ACTIONLINT: WorkflowLinter = {
  name: 'actionlint',
  isInstalled: () => existsSync(actionlint()),
  install: async () => (existsSync(actionlint()) ? undefined : buildActionlint()),
  find: async (project, signal) => {
    const folder = path.join(project, '.github', 'workflows');
    const files = readdirSync(folder).filter((file) => /\.ya?ml$/.test(file));
    const shellcheck = LINTERS.command('shellcheck') ?? '';
    const args = ['-shellcheck', shellcheck, '-pyflakes', '', '-format', '{{json .}}', '--'];
    const report = await reportOf(actionlint(), [...args, ...files.map((file) => path.join(folder, file))], signal);
    return (JSON.parse(report) as ActionlintFinding[]).map(({ kind, filepath, line, message }) => ({
      rule: kind,
      file: path.relative(project, path.resolve(filepath)),
      line,
      message,
    }));
  },
};

interface ActionlintFinding {
  readonly kind: string;
  /** From the working directory. */
  readonly filepath: string;
  readonly line: number;
  readonly message: string;
}

/** Its go.mod names the version, and its go.sum the hash of each module. */
const MODULE = path.join(__dirname, 'actionlint');

/** Path of the program as these files pin it, whether it is built or not. */
function actionlint(): string {
  const pinned = createHash('sha256');
  for (const file of ['go.mod', 'go.sum']) pinned.update(readFileSync(path.join(MODULE, file)));
  return path.join(__dirname, '..', '..', '.cache', 'actionlint', pinned.digest('hex').slice(0, 16), 'actionlint');
}

/** Why it could not be built; undefined where it was. */
async function buildActionlint(): Promise<string | undefined> {
  console.error('actionlint: building what tools/lint/actionlint/go.mod names, with Go');
  const program = actionlint();
  const unfinished = `${program}.unfinished`;
  mkdirSync(path.dirname(program), { recursive: true });
  const build = ['-mod=readonly', '-trimpath', '-o', unfinished, 'github.com/rhysd/actionlint/cmd/actionlint'];
  const problem = await run('go', ['build', '-C', MODULE, ...build]);
  if (problem === undefined) renameSync(unfinished, program);
  return problem;
}
