/**
 * Tests that need more than Node.js: a container engine, or what `npm run frameworks` and `npm run beanstalk:samples`
 * build; and two that take long, since they make the bundle again and measure memory under load. `npm run test:homes`
 * runs them; in `npm test` they would take its time, or skip.
 */
module.exports = [
  'test/tools/bundle',
  'test/service/memory',
  'test/frameworks/(contract|round-trip)',
  'test/beanstalk/(samples|emulated)',
  'test/docker/(container|life|publish|local)',
].map((home) => `${home}\\.test\\.ts$`);
