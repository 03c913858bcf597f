import { Match } from 'aws-cdk-lib/assertions';
import * as packages from '../../../packaging/framework-packages';
import { appWith, productionTemplate, resources, template } from '../../synthesis';
import { snapshotOf } from '../../template';

const { FRAMEWORKS } = packages;
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

  test('is told by how long its initialisation took', () => {
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

/** What is asked when it is deployed, for the package of each framework: the last words of a command, and the key. */
const asked = (): { question: string[]; key: string }[] => {
  const { files } = (
    appWith({})
      .synth()
      .artifacts.find(({ id }) => id === 'Frameworks.assets') as unknown as {
      contents: { files: Record<string, { source: { executable?: string[] } }> };
    }
  ).contents;
  return Object.entries(files).flatMap(([key, { source }]) =>
    source.executable === undefined ? [] : [{ question: source.executable.slice(-3), key }],
  );
};

test('where its package is, is asked when it is deployed, by the hash that is its key', () => {
  const questions = asked();
  expect(questions.map(({ question }) => question)).toEqual(
    FRAMEWORKS.map(({ name }, index) => [
      expect.stringMatching(/framework-package\.ts$/) as string,
      name,
      questions[index]?.key,
    ]),
  );
});

describe('a package that was built', () => {
  const built = (name: packages.FrameworkName, unzippedBytes: number) => {
    const entry = { file: `bundle/frameworks/${name}.zip`, size: 1, mtimeMs: 1, sha256: 'a'.repeat(64), unzippedBytes };
    const manifest = { format: 1, sources: {}, compiler: null, packages: { arm64: entry, x64: entry } } as const;
    return { manifest };
  };
  afterEach(() => {
    jest.restoreAllMocks();
  });

  test('is refused where Lambda would refuse it, with what to do', () => {
    jest.spyOn(packages, 'packageState').mockImplementation((name) => built(name, 250 * 2 ** 20 + 1));
    expect(() => appWith({}).synth()).toThrow(
      'bundle/frameworks/express.zip has 262144001 bytes unzipped; Lambda takes 262144000 at most. Leave out what the function does not need, then run: npm run frameworks -- express',
    );
  });

  test('is taken up to that limit, and has its own hash as its key', () => {
    jest.spyOn(packages, 'packageState').mockImplementation((name) => built(name, 250 * 2 ** 20));
    expect(asked().map(({ key }) => key)).toEqual(['a'.repeat(64)]);
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
