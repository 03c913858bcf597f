import { busyEnvironments } from '../../../../tools/change/rules/busy-environments';
import { changed, placesOf, ref } from '../changed';

const environment = (version: string, needed?: string) => ({
  Environment: {
    Type: 'AWS::ElasticBeanstalk::Environment',
    Properties: { VersionLabel: version, ...(needed === undefined ? {} : { Description: ref(needed) }) },
  },
});
const look = (revision: string) => ({ Ready: { Type: 'Custom::BeanstalkReady', Properties: { Revision: revision } } });

test('an environment is not changed without a look, nor with one that nothing makes come first, nor with an old one', () => {
  expect(placesOf(busyEnvironments.find(changed(environment('1'), environment('2'))))).toEqual(['Stack Environment']);
  expect(
    placesOf(
      busyEnvironments.find(changed({ ...environment('1'), ...look('1') }, { ...environment('2'), ...look('2') })),
    ),
  ).toEqual(['Stack Environment']);
  expect(
    placesOf(
      busyEnvironments.find(
        changed({ ...environment('1', 'Ready'), ...look('1') }, { ...environment('2', 'Ready'), ...look('1') }),
      ),
    ),
  ).toEqual(['Stack Environment']);
});

test('an environment is changed after a look of the same deployment, also by way of another resource', () => {
  const before = { ...environment('1', 'Ready'), ...look('1') };
  expect(busyEnvironments.find(changed(before, { ...environment('2', 'Ready'), ...look('2') }))).toEqual([]);
  const between = (version: string) => ({
    Group: { Type: 'AWS::EC2::SecurityGroup', DependsOn: 'Ready' },
    ...environment(version, 'Group'),
  });
  expect(busyEnvironments.find(changed({ ...between('1'), ...look('1') }, { ...between('2'), ...look('2') }))).toEqual(
    [],
  );
});

test('a new environment is in nothing’s way', () => {
  expect(busyEnvironments.find(changed({}, environment('1')))).toEqual([]);
});
