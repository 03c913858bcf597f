import { Match } from 'aws-cdk-lib/assertions';
import * as packages from '../../../lib/framework-packages';
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
  expect(resources(sandbox, 'AWS::CloudWatch::Alarm')).toHaveLength(FRAMEWORKS.length);
  expect(resources(sandbox, 'AWS::Lambda::Url')).toHaveLength(FRAMEWORKS.length);
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

test('where its package is, is asked when it is deployed', () => {
  const { files } = (
    appWith({})
      .synth()
      .artifacts.find(({ id }) => id === 'Frameworks.assets') as unknown as {
      contents: { files: Record<string, { source: { executable?: string[] } }> };
    }
  ).contents;
  const asked = Object.values(files).flatMap(({ source }) =>
    source.executable === undefined ? [] : [source.executable.slice(-2)],
  );
  expect(asked).toEqual(
    FRAMEWORKS.map(({ name }) => [expect.stringMatching(/framework-package\.ts$/) as string, name]),
  );
});

test('a narrowed address closes every URL', () => {
  template('Frameworks', { 'access.allowedCidr': '198.51.100.0/24' }).allResourcesProperties('AWS::Lambda::Url', {
    AuthType: 'AWS_IAM',
  });
});
