import { IRELAND, lines } from '../priced';

test('an HTTP API is billed by the request, in steps of 512 kB', () => {
  const resources = { It: { Type: 'AWS::ApiGatewayV2::Api' } };
  // Ireland: 10 million x 1.11 a million = 11.10; of 600 kB, twice that
  expect(lines('It', resources, { requests: 1e7 }, { book: IRELAND })).toMatchObject({
    'requests of the HTTP API': 11.1,
  });
  expect(lines('It', resources, { requests: 1e7, kbIn: 600 }, { book: IRELAND })).toMatchObject({
    'requests of the HTTP API': 22.2,
  });
});
