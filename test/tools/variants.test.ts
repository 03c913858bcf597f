import { OPTIONS, readConfig } from '../../lib/options/config';
import { variants } from '../../tools/variants';

test('every value of every enumerated option is there in both presets, but for what a preset refuses', () => {
  const all = variants();
  const values = Object.entries(OPTIONS).flatMap(([name, option]: [string, { values?: readonly string[] }]) =>
    name === 'preset' ? [] : (option.values ?? []).map((value) => `${name}=${value}`),
  );
  expect(all.map(({ name }) => name)).toEqual([
    'sandbox',
    ...values.map((value) => `sandbox ${value}`),
    'production',
    ...values.map((value) => `production ${value}`).filter((name) => name !== 'production beanstalk.type=single'),
  ]);
  for (const { context } of all) expect(() => readConfig(context)).not.toThrow();
});
