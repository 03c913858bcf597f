import { existsSync } from 'node:fs';
import path from 'node:path';
import { SANDBOX_RUNNERS } from '../../../tools/sandbox/runners';
import { chosenRunners, pageOptions } from '../../../tools/sandbox/choice';
import { type PageOption, renderPage } from '../../../tools/sandbox/page';

const names = (words: readonly string[]): string[] => chosenRunners(words, SANDBOX_RUNNERS).map(({ name }) => name);

test('all options are meant where none is named, and a stack, a runner, any case by their names', () => {
  expect(names([])).toEqual(SANDBOX_RUNNERS.map(({ name }) => name));
  expect(names(['Lambda', 'ec2'])).toEqual(['ec2', 'lambda', 'lambda/deployed']);
  expect(names(['frameworks/flask'])).toEqual(['frameworks/flask']);
  expect(names(['BEANSTALK']).every((name) => name.startsWith('beanstalk/'))).toBe(true);
});

test('a word that is no option is named, with what is near and what there is', () => {
  expect(() => names(['Fargat'])).toThrow(/"Fargat" is no option that can run here; did you mean Fargate\?/);
  expect(() => names(['Lambda', ''])).toThrow(/"" is no option.* There are: Ec2, /);
});

const options = pageOptions(SANDBOX_RUNNERS);

test('every compute option with something to run has a card, its picture in light and dark, and words on both its sides', () => {
  expect(options.map(({ id }) => id)).toEqual([
    ...['Ec2', 'Beanstalk', 'Fargate', 'EcsEc2', 'ManagedInstances', 'Lambda', 'WebFunction', 'LambdaImage'],
    'Frameworks',
  ]);
  for (const { picture, description, runsAs, notShown } of options) {
    for (const theme of ['light', 'dark'])
      expect(existsSync(path.join(__dirname, '../../../docs/pictures', `${picture}-${theme}.svg`))).toBe(true);
    for (const text of [description, runsAs, notShown]) expect(text.length).toBeGreaterThan(10);
  }
  expect(
    options
      .flatMap(({ runners }) => runners)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(SANDBOX_RUNNERS.map(({ name }) => name).sort());
});

test('what a card says of its option is true of all its runners', () => {
  for (const { id, runsAs, notShown } of options)
    for (const runner of SANDBOX_RUNNERS.filter(({ stack }) => stack === id))
      expect([runner.name, runner.runsAs, runner.notShown]).toEqual([runner.name, runsAs, notShown]);
});

test('the page says of each option what runs, what that does not show, and has a place for each runner', () => {
  const { html } = renderPage({ options, maxBodyBytes: 32e6 });
  for (const { name } of SANDBOX_RUNNERS) expect(html).toContain(`data-runner="${name}"`);
  for (const { id, picture } of options) {
    expect(html).toContain(`data-option="${id}"`);
    expect(html).toContain(`srcset="/pictures/${picture}-dark.svg"`);
  }
  expect(html).toContain('up to 32 MB');
});

test('texts stand on the page as text', () => {
  const hostile = `<script>alert("1")</script>'&`;
  const option: PageOption = {
    ...{ id: hostile, title: hostile, description: hostile, picture: 'ec2', runsAs: hostile, notShown: hostile },
    runners: [{ name: hostile, title: hostile }],
  };
  const { html } = renderPage({ options: [option], maxBodyBytes: 1e6 });
  expect(html.match(/<script>/g)).toHaveLength(1);
  expect(html).not.toContain('alert("1")');
});

test('the page loads nothing from elsewhere, and its policy lets nothing but its own style and script run', () => {
  const { html, contentSecurityPolicy } = renderPage({ options, maxBodyBytes: 1e6 });
  // A namespace is no address.
  expect(html.match(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/g)).toBeNull();
  expect(contentSecurityPolicy).toMatch(/^default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+'; /);
  expect(contentSecurityPolicy).not.toContain('unsafe');
});
