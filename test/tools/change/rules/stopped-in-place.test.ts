import { stoppedInPlace } from '../../../../tools/change/rules/stopped-in-place';
import { changed, placesOf } from '../changed';

const instance = (properties: Record<string, unknown>) => ({
  Instance: { Type: 'AWS::EC2::Instance', Properties: properties },
});

test('an instance whose type changes is stopped in place', () => {
  const change = changed(instance({ InstanceType: 't4g.micro' }), instance({ InstanceType: 't4g.small' }));
  expect(placesOf(stoppedInPlace.find(change))).toEqual(['Stack Instance']);
});

test('an instance that is replaced, and one whose monitoring changes, are not', () => {
  const before = instance({ InstanceType: 't4g.micro', ImageId: 'ami-1', Monitoring: false });
  const replaced = instance({ InstanceType: 't3.micro', ImageId: 'ami-2', Monitoring: false });
  const monitored = instance({ InstanceType: 't4g.micro', ImageId: 'ami-1', Monitoring: true });
  const renamed = { Instance2: instance({ InstanceType: 't4g.small', ImageId: 'ami-1' }).Instance };
  for (const after of [replaced, monitored, renamed]) expect(stoppedInPlace.find(changed(before, after))).toEqual([]);
});
