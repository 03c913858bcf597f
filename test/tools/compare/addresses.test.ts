import { address, namedAddress, outputAddresses, RefusedAddressError } from '../../../tools/compare/addresses';

const STACKS = new Map([
  ['Lambda', 'compute-Lambda'],
  ['Frameworks', 'compute-Frameworks'],
]);

test.each(['http://127.0.0.1:8080', 'http://localhost:3000', 'http://[::1]:3000', 'https://127.1.2.3'])(
  'what this machine runs may be at %s',
  (url) => {
    expect(address('server', url, 'local').url).toBe(url);
  },
);

test.each(['http://example.com', 'http://10.0.0.1', 'http://127.0.0.1.example.com', 'http://0.0.0.0:80'])(
  'what this machine runs gets no load at %s, which is not loopback',
  (url) => {
    expect(() => address('server', url, 'local')).toThrow(RefusedAddressError);
  },
);

test.each([
  ['ftp://example.com', /only http and https/],
  ['nonsense', /it is no address/],
  ['https://user:secret@example.com', /password/],
  ['https://example.com/?a=b', /query/],
])('no address gets load that is %s', (url, why) => {
  expect(() => address('mine', url, 'named')).toThrow(why);
});

test('an address that a person names has a name before it', () => {
  expect(namedAddress('mine=https://example.com/')).toEqual({
    name: 'mine',
    url: 'https://example.com',
    origin: 'named',
  });
  expect(() => namedAddress('https://example.com')).toThrow(/--url mine=https:\/\/example\.com/);
});

test("the outputs of the app's own stacks are addresses, and nothing else in the file", () => {
  const outputs = {
    'compute-Lambda': {
      Url: 'https://a.lambda-url.eu-central-1.on.aws/',
      DeadLetterQueueUrl: 'https://sqs.eu-central-1.amazonaws.com/111122223333/dead-letters',
    },
    'compute-Frameworks': { NestJSUrl: 'https://b.lambda-url.eu-central-1.on.aws/' },
    'somebody-elses': { Url: 'https://example.com/' },
  };
  expect(outputAddresses(JSON.stringify(outputs), STACKS)).toEqual([
    { name: 'Lambda', url: 'https://a.lambda-url.eu-central-1.on.aws', origin: 'output' },
    { name: 'Frameworks/NestJS', url: 'https://b.lambda-url.eu-central-1.on.aws', origin: 'output' },
  ]);
});

test.each([
  ['{', /is not JSON/],
  ['[]', /is not what cdk deploy --outputs-file writes/],
  [
    '{"other":{"Url":"https://example.com"}}',
    /has no address of a stack of this app: it has other, and the app has compute-Lambda/,
  ],
])('an outputs file that is %s is refused', (text, why) => {
  expect(() => outputAddresses(text, STACKS)).toThrow(why);
});
