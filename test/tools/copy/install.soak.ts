import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { copyFiles } from '../../../tools/copy/files';
import { COPY_RECIPES } from '../../../tools/copy/recipes';
import { writeFolder } from '../../../tools/copy/write';

const folder = mkdtempSync(path.join(tmpdir(), 'installed-'));
afterAll(() => rmSync(folder, { recursive: true }));

const MINUTE = 60_000;

function npm(cwd: string, ...args: string[]): void {
  // As a user's shell has it: what Jest and npm set for this repository is not for the copy.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_(package|lifecycle)|JEST_|NODE_ENV$|TS_JEST)/.test(name)),
  );
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, env, encoding: 'utf8', timeout: 10 * MINUTE });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${String(status)}:\n${stdout}\n${stderr}`);
}

test.each(COPY_RECIPES)(
  'in an empty folder, npm install && npm test passes: $id',
  async (recipe) => {
    const written = path.join(folder, recipe.id);
    await writeFolder(written, copyFiles(recipe, 'mine').files, new AbortController().signal);
    npm(written, 'install', '--prefer-offline');
    npm(written, 'test');
    npm(written, 'run', 'synth', '--', '--all', '--quiet');
    rmSync(path.join(written, 'node_modules'), { recursive: true });
  },
  20 * MINUTE,
);
