// Put your function in the place of this one: it answers a request of a function URL.
export const handler = async ({ rawPath }) => {
  const known = rawPath === '/' || rawPath === '/health';
  return {
    statusCode: known ? 200 : 404,
    headers: { 'content-type': 'text/plain' },
    body: known ? 'ok\n' : 'not found\n',
  };
};
