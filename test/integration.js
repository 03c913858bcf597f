/**
 * Tests that need more than Node.js: a container engine, or what `npm run frameworks`, `npm run beanstalk:samples` and
 * `npm run lambda-adapter` build; and those that take long: they build the bundle and images again, measure memory under
 * load, validate or synthesise many combinations of options, draw every picture, replay days, send hundreds of random
 * requests, run the whole contract, wait for a time limit of a function or a request, or run a command or a browser.
 * `npm run test:integration` runs them. In `npm test` they would take its time, or skip.
 */
module.exports = [
  'test/tools/(lint/(linters|workflows)|bench|readme|beanstalk|bulk|pictures/drawn|day/(night|policies)|serve|compare/(command|compare)|change/(every-option|command))',
  'test/workflows/deploy',
  'test/tools/sandbox/(command|failures)',
  'test/tools/deploy/command',
  'test/packaging/(bundle|framework-packages|frameworks-reproducible)',
  'test/tools/copy/(synthesises|apps/[\\w-]+)',
  'test/tools/cost/(stacks|command)',
  'test/service/(anything\\.property|memory|page|several-thumbnails)',
  'test/lambda/pipeline',
  'test/contract/(command|lambda|lambda-image|node-server|web-function|runtime/(lambda-function|web-function|round-trip))',
  'test/lib/(app-command|(ec2|ecs/on-ec2)/boot|validation\\.property)',
  'test/frameworks/(contract|round-trip)',
  'test/beanstalk/(samples|emulated)',
  'test/docker/(build|container|lambda-image|life|publish|local|timeouts)',
].map((test) => `${test}\\.test\\.ts$`);
