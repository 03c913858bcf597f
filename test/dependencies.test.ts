import { Template } from 'aws-cdk-lib/assertions';
import { outlives } from './dependencies';

const template = (Resources: object): Template => Template.fromJSON({ Resources });

test('what is referred to outlives what refers to it, through others and by DependsOn too', () => {
  const chain = template({
    A: { Type: 'T::A' },
    B: { Type: 'T::B', Properties: { Of: [{ 'Fn::GetAtt': ['A', 'Arn'] }] } },
    C: { Type: 'T::C', DependsOn: ['B'] },
    D: { Type: 'T::D', Properties: { Name: { 'Fn::Sub': 'x-${C}' } } },
  });
  expect(outlives(chain, 'T::A', 'T::D')).toBe(true);
  expect(outlives(chain, 'T::D', 'T::A')).toBe(false);
});

test('one of several that does not is enough to say no', () => {
  const two = template({ A: { Type: 'T::A' }, B: { Type: 'T::B', DependsOn: 'A' }, C: { Type: 'T::B' } });
  expect(outlives(two, 'T::A', 'T::B')).toBe(false);
});

test('a type that is not there is no proof of anything', () => {
  expect(() => outlives(template({ A: { Type: 'T::A' } }), 'T::A', 'T::B')).toThrow('no T::A or no T::B');
});
