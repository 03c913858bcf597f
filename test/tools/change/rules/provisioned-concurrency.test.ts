import { provisionedConcurrency } from '../../../../tools/change/rules/provisioned-concurrency';
import { changed, placesOf, ref } from '../changed';

const alias = (version: string, provisioned?: number) => ({
  Type: 'AWS::Lambda::Alias',
  Properties: {
    FunctionVersion: version,
    ...(provisioned === undefined
      ? {}
      : { ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: provisioned } }),
  },
});
const schedule = {
  Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
  Properties: { ScalableDimension: 'lambda:function:ProvisionedConcurrency', ResourceId: ref('Alias') },
};

test('what a schedule has provisioned stays, and is billed, where the schedule goes', () => {
  const change = changed({ Alias: alias('1'), Schedule: schedule }, { Alias: alias('1') });
  expect(placesOf(provisionedConcurrency.find(change))).toEqual(['Stack Schedule']);
});

test('a number that a schedule moves is not stated by the alias, which each new version would set back', () => {
  const change = changed({ Alias: alias('1', 2), Schedule: schedule }, { Alias: alias('2', 2), Schedule: schedule });
  expect(placesOf(provisionedConcurrency.find(change))).toEqual(['Stack Alias']);
});

test('a schedule that stays, one that gives way to a fixed number, and an alias that goes are fine', () => {
  const before = { Alias: alias('1'), Schedule: schedule };
  expect(provisionedConcurrency.find(changed(before, { Alias: alias('2'), Schedule: schedule }))).toEqual([]);
  expect(provisionedConcurrency.find(changed(before, { Alias: alias('1', 3) }))).toEqual([]);
  expect(provisionedConcurrency.find(changed(before, {}))).toEqual([]);
});

test('a custom resource that goes with the schedule, and then turns it off, is what is asked for', () => {
  const off = { Type: 'Custom::AWS', Properties: { Delete: '{"action":"DeleteProvisionedConcurrencyConfig"}' } };
  const before = { Alias: alias('1'), Schedule: schedule, Off: off };
  expect(provisionedConcurrency.find(changed(before, { Alias: alias('1') }))).toEqual([]);
  expect(placesOf(provisionedConcurrency.find(changed(before, { Alias: alias('1'), Off: off })))).toEqual([
    'Stack Schedule',
  ]);
});
