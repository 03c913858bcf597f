/**
 * Tests that need more than Node.js: a container engine, or what `npm run frameworks`, `npm run beanstalk:samples` and
 * `npm run lambda-adapter` build; and those that take long, since they make the bundle and images again, measure memory under load, validate many
 * combinations of options, synthesise many stacks, draw every picture, replay days, let the time of a function or a request run out, or run a command or a
 * browser.
 * `npm run test:integration` runs them; in `npm test` they would take its time, or skip.
 */
module.exports = [
  'test/tools/(bench|readme|beanstalk|bulk|pictures/drawn|day/(night|policies)|compare/(command|compare)|change/(every-option|command))',
  'test/packaging/(bundle|framework-packages|frameworks-reproducible)',
  'test/tools/copy/(synthesises|apps/[\\w-]+)',
  'test/tools/cost/(stacks|command)',
  'test/service/(memory|page|several-thumbnails)',
  'test/lambda/pipeline',
  'test/contract/(command|lambda|lambda-image|web-function|runtime/(web-function|round-trip))',
  'test/lib/(app-command|validation\\.property)',
  'test/frameworks/(contract|round-trip)',
  'test/beanstalk/(samples|emulated)',
  'test/docker/(build|container|lambda-image|life|publish|local|timeouts)',
].map((test) => `${test}\\.test\\.ts$`);
