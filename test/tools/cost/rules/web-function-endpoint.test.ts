import { lines } from '../priced';

test('the endpoint of a Web Function is free but for what goes out of it', () => {
  const resources = { It: { Type: 'AWS::Lambda::WebFunctionEndpoint' } };
  expect(lines('It', resources, { requests: 1e6 })).toEqual({ 'answers to the internet': 1.8 });
});
