import { IRELAND, lines } from '../priced';

test('a REST API is billed by the request, less for each beyond 333 million', () => {
  const resources = { It: { Type: 'AWS::ApiGateway::RestApi' } };
  // Ireland: 333 million x 3.50 a million = 1,165.50; 67 million x 3.19 = 213.73
  expect(lines('It', resources, { requests: 4e8, kbOut: 0 }, { book: IRELAND })).toMatchObject({
    'requests of the REST API': 1379.23,
  });
});
