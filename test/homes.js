/**
 * Tests that need more than Node.js: a container engine, or what `npm run frameworks` and `npm run beanstalk:samples`
 * build; and those that take long, since they make the bundle and images again, draw every picture and replay days, measure memory under load, validate many
 * combinations of options, let a function's time run out, or run the contract by its own command. `npm run test:homes`
 * runs them; in `npm test` they would take its time, or skip.
 */
module.exports = [
  'test/tools/(bench|pictures/drawn|day/(night|policies)|compare/(command|compare))',
  'test/packaging/(bundle|frameworks-reproducible)',
  'test/service/memory',
  'test/lambda/pipeline',
  'test/contract/command',
  'test/lib/validation\\.property',
  'test/frameworks/(contract|round-trip)',
  'test/beanstalk/(samples|emulated)',
  'test/docker/(build|container|life|publish|local)',
].map((home) => `${home}\\.test\\.ts$`);
