import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ACTIONLINT, ZIZMOR, type WorkflowLinter } from '../../../tools/lint/workflows';
import { LINTERS } from '../../../tools/lint/linters';
import { describeUnless } from '../../left-out';

const PROJECT = path.join(__dirname, '..', '..', '..');

/** A workflow with one fault of each kind that the linters are for. */
const BAD = `name: Bad
on: pull_request
jobs:
  test:
    permissions: write-all
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v6
      - run: echo "\${{ github.event.pull_request.title }}"
      - run: echo "\${{ matrix.node }}"
      - run: rm $HOME/old
`;

const root = mkdtempSync(path.join(tmpdir(), 'compute-workflows-'));
const workflow = path.join('.github', 'workflows', 'bad.yml');
mkdirSync(path.join(root, '.github', 'workflows'), { recursive: true });
beforeEach(() => writeFileSync(path.join(root, workflow), BAD));
afterAll(() => rmSync(root, { recursive: true }));

/** Where each rule is broken, such as `unpinned-uses bad.yml:8`. */
const foundBy = async (linter: WorkflowLinter): Promise<string[]> =>
  (await linter.find(root)).map(({ rule, file, line }) => `${rule} ${file}:${line}`);

const RUN = 'is not installed as it is pinned. Run: npm run lint:workflows';

describeUnless(ZIZMOR.isInstalled() ? undefined : `zizmor ${RUN}`, 'zizmor', () => {
  test('names the action without a commit, wide permissions, kept credentials, and the template in a shell step', async () => {
    expect(await foundBy(ZIZMOR)).toEqual(
      expect.arrayContaining([
        `excessive-permissions ${workflow}:5`,
        `artipacked ${workflow}:8`,
        `unpinned-uses ${workflow}:8`,
        `template-injection ${workflow}:9`,
      ]),
    );
  });

  test('says what was wrong with a file that is no workflow', async () => {
    writeFileSync(path.join(root, workflow), 'jobs: [');
    await expect(ZIZMOR.find(root)).rejects.toThrow(/zizmor wrote no report: .*bad\.yml as workflow/s);
  });

  test('finds nothing in the workflows of the project', async () => {
    expect(await ZIZMOR.find(PROJECT)).toEqual([]);
  });
});

describeUnless(ACTIONLINT.isInstalled() ? undefined : `actionlint ${RUN}`, 'actionlint', () => {
  test('names the value that does not exist, and the one that a stranger chooses', async () => {
    expect(await foundBy(ACTIONLINT)).toEqual(
      expect.arrayContaining([`expression ${workflow}:9`, `expression ${workflow}:10`]),
    );
  });

  test('has the shell steps judged by shellcheck, where that is installed', async () => {
    const shellcheck = LINTERS.command('shellcheck') === undefined ? [] : [`shellcheck ${workflow}:11`];
    expect((await foundBy(ACTIONLINT)).filter((each) => each.startsWith('shellcheck'))).toEqual(shellcheck);
  });

  test('finds nothing in the workflows of the project', async () => {
    expect(await ACTIONLINT.find(PROJECT)).toEqual([]);
  });
});
