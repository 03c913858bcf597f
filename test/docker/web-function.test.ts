import { webFunctionAddress } from '../../docker/web-function';

test.each([
  ['0.0.0.0:3000', { hostname: '0.0.0.0', port: 3_000 }],
  ['localhost:65535', { hostname: 'localhost', port: 65_535 }],
  ['[::1]:8080', { hostname: '::1', port: 8_080 }],
])('Lambda says %s, and the server listens there', (text, address) =>
  expect(webFunctionAddress({ AWS_LAMBDA_HTTP_ENDPOINT: text })).toEqual(address),
);

test.each([{}, { AWS_LAMBDA_HTTP_ENDPOINT: '' }])('with %p it runs elsewhere', (env) =>
  expect(webFunctionAddress(env)).toBeUndefined(),
);

test.each(['3000', 'localhost', 'localhost:', 'localhost:65536', ':3000', '::1:3000', 'http://localhost:3000'])(
  'an address of %s is refused, by name and value',
  (text) =>
    expect(() => webFunctionAddress({ AWS_LAMBDA_HTTP_ENDPOINT: text })).toThrow(
      `AWS_LAMBDA_HTTP_ENDPOINT is ${JSON.stringify(text)}: it must be a host and a port`,
    ),
);
