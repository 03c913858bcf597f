import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { addStack, readConfig } from '../../../lib/app';
import * as packages from '../../../packaging/framework-packages';
import { CDK_CONTEXT } from '../../../tools/cdk-json';
import { appWith, productionTemplate, resources, template } from '../../synthesis';
import { snapshotOf } from '../../template';

const { FRAMEWORKS } = packages;
const ROOT = path.join(__dirname, '..', '..', '..');
const sandbox = template('Frameworks');
const production = productionTemplate('Frameworks');

describe('snapshots', () => {
  test('sandbox', () => expect(snapshotOf(sandbox.toJSON())).toMatchSnapshot());
  test('production', () => expect(snapshotOf(production.toJSON())).toMatchSnapshot());
});

test.each(FRAMEWORKS)('$title is a function on its own runtime, with a URL', ({ name, title, runtime, handler }) => {
  sandbox.hasResourceProperties('AWS::Lambda::Function', {
    Runtime: runtime,
    Handler: handler,
    Architectures: ['arm64'],
    Environment: { Variables: Match.objectLike({ SERVICE_OPTION: `frameworks/${name}` }) },
  });
  sandbox.hasOutput(`${title.replaceAll(' ', '')}Url`, {});
});

test('each function says itself what went wrong', () => {
  const alarms = resources(sandbox, 'AWS::CloudWatch::Alarm').filter(({ Properties }) => Properties?.['MetricName']);
  expect(alarms).toHaveLength(FRAMEWORKS.length);
  for (const { Properties } of alarms)
    expect(Properties).toMatchObject({ MetricName: 'Errors', Threshold: 1, EvaluationPeriods: 1 });
  expect(resources(sandbox, 'AWS::Lambda::Url')).toHaveLength(FRAMEWORKS.length);
});

describe('how each starts', () => {
  const fields = (options: Record<string, unknown>) =>
    resources(template('Frameworks', options), 'AWS::Logs::MetricFilter').map(
      ({ Properties }) => (Properties?.['MetricTransformations'] as { MetricValue: string }[])[0]?.MetricValue,
    );
  const [init, restore] = ['$.record.metrics.initDurationMs', '$.record.metrics.restoreDurationMs'];

  test('is recognised by how long its initialisation took', () => {
    expect(fields({})).toEqual(FRAMEWORKS.map(() => init));
  });

  test('or by how long it took to restore a snapshot, where there is one', () => {
    const expected = FRAMEWORKS.map(({ snapStart }) => (snapStart ? restore : init));
    expect(fields({ 'frameworks.snapStart': true })).toEqual(expected);
  });

  test('stands on one dashboard, a row for each', () => {
    const [dashboard, ...others] = resources(sandbox, 'AWS::CloudWatch::Dashboard');
    expect(others).toEqual([]);
    const body = JSON.stringify(dashboard?.Properties?.['DashboardBody']);
    for (const { title } of FRAMEWORKS)
      for (const graph of ['initialisation, ms', 'duration, ms', 'invocations'])
        expect(body).toContain(`${title}: ${graph}`);
  });
});

test('SnapStart is for the runtimes that have it, and only when asked for', () => {
  const started = resources(template('Frameworks', { 'frameworks.snapStart': true }), 'AWS::Lambda::Function');
  expect(
    started
      .filter(({ Properties }) => Properties?.['SnapStart'] !== undefined)
      .map(({ Properties }) => Properties?.['Runtime'] as string),
  ).toEqual(FRAMEWORKS.filter(({ snapStart }) => snapStart).map(({ runtime }) => runtime));
  for (const { Properties } of resources(sandbox, 'AWS::Lambda::Function'))
    expect(Properties).not.toHaveProperty('SnapStart');
});

test('without its package, synth goes on and says which command builds it', () => {
  const missing = jest.spyOn(packages, 'packageState').mockReturnValue({ stale: 'it has not been built yet' });
  try {
    const assembly = appWith({}).synth();
    const messages = assembly.getStackByName('compute-Frameworks').messages.map(({ entry }) => entry.data as string);
    expect(messages).toEqual([
      `Not built, or not from the sources as they are: ${FRAMEWORKS.map(({ name }) => name).join(', ')}. Before you deploy: npm run frameworks`,
    ]);
  } finally {
    missing.mockRestore();
  }
});

/** The sources of the assets of the stack, as `cdk deploy` reads them, and where the assembly is. */
function assetsOf(app: App): { directory: string; sources: Record<string, { path?: string; executable?: string[] }> } {
  const { directory } = app.synth();
  const manifest = JSON.parse(readFileSync(path.join(directory, 'Frameworks.assets.json'), 'utf8')) as {
    files: Record<string, { source: { path?: string; executable?: string[] } }>;
  };
  const sources = Object.fromEntries(Object.entries(manifest.files).map(([key, { source }]) => [key, source]));
  return { directory, sources };
}

test('where a package is not built, its deployment stops with the command that builds it, on whatever machine', () => {
  const missing = jest.spyOn(packages, 'packageState').mockReturnValue({ stale: 'it has not been built yet' });
  try {
    const commands = Object.values(assetsOf(appWith({}, 'Frameworks')).sources).flatMap(({ executable }) =>
      executable === undefined ? [] : [executable],
    );
    expect(commands).toHaveLength(FRAMEWORKS.length);
    const [[program = '', ...args] = []] = commands;
    expect(program).toBe('node');
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: tmpdir(), encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toContain(
      'The package of express is not built. Run: npm run frameworks -- express. Then synthesise',
    );
    expect(JSON.stringify(commands)).not.toContain(process.cwd());
  } finally {
    missing.mockRestore();
  }
});

describe('a package that was built', () => {
  const sha256 = 'a'.repeat(64);
  // CDK hashes the hash that it is given once more. https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.AssetHashType.html
  const key = createHash('sha256').update(sha256).digest('hex');
  const folder = mkdtempSync(path.join(tmpdir(), 'frameworks-'));
  const onDisk = path.join(folder, 'package.zip');
  writeFileSync(onDisk, 'a package');
  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Every framework has one package of this size, whether or not the frameworks are built on this machine. */
  function buildAll(unzippedBytes: number, fileOf: (name: packages.FrameworkName) => string): void {
    jest.spyOn(packages, 'packageState').mockImplementation((name) => {
      const entry = { file: fileOf(name), size: 1, mtimeMs: 1, sha256, unzippedBytes };
      return { manifest: { format: 1, sources: {}, compiler: null, packages: { arm64: entry, x64: entry } } };
    });
  }
  const fromRoot = () => path.relative(ROOT, onDisk);

  test('is refused where Lambda would refuse it, with what to do', () => {
    buildAll(250 * 2 ** 20 + 1, (name) => `bundle/frameworks/${name}.zip`);
    expect(() => appWith({}).synth()).toThrow(
      'bundle/frameworks/express.zip has 262144001 bytes unzipped; Lambda takes 262144000 at most. Leave out what the function does not need, then run: npm run frameworks -- express',
    );
  });

  test('is taken up to that limit, and has a key that follows from its own hash', () => {
    buildAll(250 * 2 ** 20, fromRoot);
    expect(Object.keys(assetsOf(appWith({}, 'Frameworks')).sources)).toContain(key);
  });

  test('is part of the assembly, which another machine can then deploy', () => {
    buildAll(1, fromRoot);
    const app = new App({ outdir: path.join(folder, 'cdk.out'), context: CDK_CONTEXT });
    addStack(app, readConfig({}), 'Frameworks');
    const { directory, sources } = assetsOf(app);
    const moved = path.join(folder, 'moved');
    renameSync(directory, moved);
    expect(sources).toHaveProperty(key);
    const packaged = sources[key]?.path ?? '';
    expect(path.isAbsolute(packaged)).toBe(false);
    expect(readFileSync(path.join(moved, packaged), 'utf8')).toBe('a package');
    for (const { path: at = '', executable = [] } of Object.values(sources)) {
      expect(existsSync(path.join(moved, at))).toBe(true);
      expect(executable).toEqual([]);
    }
  });
});

test('memory is an option of its own, whatever the service has', () => {
  const memory = (options: Record<string, unknown>) =>
    new Set(
      resources(template('Frameworks', options), 'AWS::Lambda::Function').map(
        ({ Properties }) => Properties?.['MemorySize'] as number,
      ),
    );
  expect(memory({ 'lambda.memoryMiB': 256 })).toEqual(new Set([1024]));
  expect(memory({ 'frameworks.memoryMiB': 512 })).toEqual(new Set([512]));
});

test('a narrowed address narrows every URL, and asks no one for credentials', () => {
  const narrow = template('Frameworks', { 'access.allowedCidr': '198.51.100.0/24' });
  narrow.allResourcesProperties('AWS::Lambda::Url', { AuthType: 'NONE' });
  const policies = resources(narrow, 'AWS::Lambda::ResourcePolicy');
  expect(policies).toHaveLength(FRAMEWORKS.length);
  for (const { Properties } of policies)
    expect(JSON.stringify(Properties)).toContain('"Condition":{"NotIpAddress":{"aws:SourceIp":["198.51.100.0/24"]}}');
  narrow.resourceCountIs('AWS::Lambda::Permission', 0);
});

test('a framework that answers with errors sounds an alarm, as one that crashes', () => {
  const alarms = Object.keys(template('Frameworks').findResources('AWS::CloudWatch::Alarm'));
  for (const { title } of FRAMEWORKS) {
    const name = title.replaceAll(' ', '');
    for (const kind of ['Errors', 'ServerErrors'])
      expect(alarms).toContainEqual(expect.stringMatching(`^Alarms${name}${kind}[0-9A-F]{8}$`));
  }
});
