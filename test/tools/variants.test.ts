import { OPTIONS } from '../../lib/app';
import type { Option } from '../../lib/options/kinds';
import { variants } from '../../tools/variants';
import { problems } from '../synthesis';

test('every value of every enumerated option is there in both presets, but for what a preset refuses', () => {
  const all = variants();
  const settings = Object.entries<Option<unknown>>(OPTIONS).flatMap(([name, { values = [] }]) =>
    name === 'preset' ? [] : values.map((value) => `${name}=${value}`),
  );
  expect(all.map(({ name }) => name)).toEqual([
    'sandbox',
    ...settings.map((value) => `sandbox ${value}`),
    'production',
    ...settings.map((value) => `production ${value}`).filter((name) => name !== 'production beanstalk.type=single'),
    'sandbox sandbox.expireAt',
    'sandbox access.allowedCidr=0.0.0.0/0,::/0',
    'production access.allowedCidr=0.0.0.0/0,::/0',
  ]);
  for (const { context } of all) expect(problems(context)).toEqual([]);
});
