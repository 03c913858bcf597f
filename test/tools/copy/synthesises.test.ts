import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { copyFiles } from '../../../tools/copy/files';
import { COPY_RECIPES } from '../../../tools/copy/recipes';
import { writeFolder } from '../../../tools/copy/write';

const ROOT = path.join(__dirname, '..', '..', '..');
const folder = mkdtempSync(path.join(tmpdir(), 'copies-'));
symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each(COPY_RECIPES)(
  'what is written synthesises: $id',
  async (recipe) => {
    const { files } = copyFiles(recipe, 'mine');
    const written = path.join(folder, recipe.id);
    await writeFolder(written, files, new AbortController().signal);
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- it was written just now
    const { addStacks } = require(path.join(written, 'bin', 'app.ts')) as { addStacks: (app: App) => Stack };
    const { context } = JSON.parse(String(files.get('cdk.json'))) as { context: Record<string, unknown> };
    const outdir = path.join(written, 'cdk.out');
    const app = new App({ outdir, context, analyticsReporting: false, treeMetadata: false });
    const stack = addStacks(app);
    expect(stack.node.id).toBe(recipe.id);
    const { Resources } = app.synth().getStackByName(stack.stackName).template as { Resources: object };
    expect(Object.keys(Resources).length).toBeGreaterThan(5);
  },
  60_000,
);
