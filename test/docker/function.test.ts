import { functionFacts, nameAfterInvocation } from '../../docker/function';

test('in a function the server has the memory of the function', () =>
  expect(functionFacts({ AWS_LAMBDA_FUNCTION_NAME: 'f', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024' })).toEqual({
    memoryMiB: 1_024,
  }));

test.each([{}, { AWS_LAMBDA_HTTP_ENDPOINT: '127.0.0.1:3000' }])('with %p it is in no function', (env) =>
  expect(functionFacts(env)).toBeUndefined(),
);

const context = JSON.stringify({ request_id: '5a5a5a5a-0000-4000-8000-123456789012', deadline: 1 });
const named = (headers: Record<string, string>): string | null => {
  const request = new Request('http://localhost/', { headers });
  nameAfterInvocation(request);
  return request.headers.get('X-Request-Id');
};

test('a request has the id of its invocation, unless the caller gave it one', () => {
  expect(named({ 'x-amzn-lambda-context': context })).toBe('5a5a5a5a-0000-4000-8000-123456789012');
  expect(named({ 'x-amzn-lambda-context': context, 'x-request-id': 'mine' })).toBe('mine');
  expect(named({ 'x-amzn-lambda-context': 'nonsense' })).toBeNull();
  expect(named({})).toBeNull();
});
