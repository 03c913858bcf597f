import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Template } from '../../../tools/change/template';
import { adaptAssembly, assetKeys, stackNames } from '../../../tools/emulator/assembly';
import { NOT_PLAYED_BY_MINISTACK } from '../../../tools/emulator/not-played';
import { appWith } from '../../synthesis';

const adapted = (options: Readonly<Record<string, unknown>>, change?: (template: Template) => Template) => {
  const { directory } = appWith(options, 'Lambda').synth();
  const before = assetKeys(directory)['Lambda'] ?? [];
  const leftOut = adaptAssembly(directory, { notPlayed: NOT_PLAYED_BY_MINISTACK, ...(change && { change }) });
  const read = (name: string): string => readFileSync(path.join(directory, name), 'utf8');
  return { directory, before, after: assetKeys(directory)['Lambda'] ?? [], leftOut, read };
};

test('what is changed in an assembly is uploaded under other keys, and the manifest names those', () => {
  const { before, after, read } = adapted({});
  expect(after).toHaveLength(before.length);
  const changed = after.filter((key) => !before.includes(key));
  // The template, and the two packages where this machine's processor is no ARM64.
  expect(changed).toHaveLength(process.arch === 'arm64' ? 1 : 3);
  const { files } = JSON.parse(read('Lambda.assets.json')) as {
    files: Record<string, { source: { path: string }; destinations: Record<string, { objectKey: string }> }>;
  };
  for (const [key, { source, destinations }] of Object.entries(files)) {
    const [destination] = Object.values(destinations);
    expect(destination?.objectKey).toContain(key);
    if (source.path === 'Lambda.template.json') expect(read('manifest.json')).toContain(`/${key}.json`);
    else expect(read('Lambda.template.json')).toContain(`${key}.zip`);
  }
});

test('the same options have the same keys, and a template with one more change has another', () => {
  const first = adapted({});
  expect(adapted({}).after).toEqual(first.after);
  const broken = adapted({}, (template) => ({
    ...template,
    Resources: { ...template.Resources, Another: { Type: 'AWS::SQS::Queue' } },
  }));
  expect(broken.after.filter((key) => !first.after.includes(key))).toHaveLength(1);
});

test('what is not played is left out of the template, by name', () => {
  const { leftOut, read } = adapted({});
  expect(leftOut['Lambda']).toEqual([
    expect.stringMatching(/^AWS::CloudWatch::Alarm of metric math /),
    expect.stringMatching(/^AWS::Lambda::ResourcePolicy /),
  ]);
  expect(read('Lambda.template.json')).not.toContain('AWS::Lambda::ResourcePolicy');
});

test('a copy of the app has stacks of its own name', () => {
  expect(stackNames(adapted({ name: 'other' }).directory)).toEqual({ Lambda: 'other-Lambda' });
});
