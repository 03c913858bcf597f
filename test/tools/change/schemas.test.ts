import { schemas } from '../../../tools/change/schemas';
import { template } from '../../synthesis';
import { COMPARED } from '../../../lib/app';

test.each(['Network', 'Registry', ...COMPARED.keys()])(
  'every resource type of %s is one whose changes are known',
  (stack) => {
    const { Resources } = template(stack).toJSON() as { Resources: Record<string, { Type: string }> };
    const types = new Set(Object.values(Resources).map(({ Type }) => Type));
    expect([...types].filter((type) => !schemas.knows(type))).toEqual([]);
  },
);

test('a type that has no schema is not known', () => {
  expect(schemas.knows('AWS::Made::Up')).toBe(false);
});

test('a revision of a Web Function is replaced by any change, an endpoint by its name alone', () => {
  const revision = 'AWS::Lambda::WebFunctionRevision';
  const endpoint = 'AWS::Lambda::WebFunctionEndpoint';
  expect(schemas.replacement(revision, 'ServiceConfig', { Timeout: 3 }, { Timeout: 4 })).toBe('yes');
  expect(schemas.replacement(endpoint, 'EndpointName', 'live', 'other')).toBe('yes');
  expect(schemas.replacement(endpoint, 'RevisionWeights', [], [{ RevisionId: '1', Weight: 100 }])).toBe('no');
});
