/*
 * In the place of aws-lambda-ric's native addon (its src/native/rapid-client.cc): the same three functions over node:http.
 * The addon needs cmake and minutes to compile. All else of the runtime client is AWS's, as it runs on Lambda: loading
 * the handler, the context, the log format, errors.
 */
const http = require('node:http');

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
// One connection, so that each answer has been posted before the next event is asked for, as with the addon.
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function send(method, path, headers, body, done) {
  const options = { hostname, port, agent, method, path: `/2018-06-01/runtime/invocation/${path}`, headers };
  const request = http.request(options, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    response.on('end', () => done(undefined, response, text));
  });
  request.on('error', done);
  request.end(body);
}

const json = { 'Content-Type': 'application/json' };
// The addon takes no notice of what the platform says to an answer.
const ignore = () => undefined;

module.exports = {
  /** Waits, for as long as it takes, for an event. */
  next: () =>
    new Promise((resolve, reject) => {
      send('GET', 'next', {}, undefined, (error, response, bodyJson) => {
        if (error) reject(new Error(`Failed to get next invocation, error ${error.code}`));
        else resolve({ bodyJson, headers: response.headers });
      });
    }),
  done: (id, body) => send('POST', `${id}/response`, json, body, ignore),
  error: (id, body, cause) =>
    send('POST', `${id}/error`, { ...json, 'Lambda-Runtime-Function-XRay-Error-Cause': cause }, body, ignore),
};
