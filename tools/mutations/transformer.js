const { createHash } = require('node:crypto');
const { default: tsJest } = require('ts-jest');
const { transform } = require('../../jest.config.js');

const [, tsJestOptions] = transform['^.+\\.ts$'];

/** What is compiled already, for all mutations that one process tests: they differ by one file. */
const compiled = new Map();

/** Compiles TypeScript as the tests' own configuration does, after one change to one file. */
module.exports = {
  createTransformer({ file, find, replacement }) {
    const compiler = tsJest.createTransformer(tsJestOptions);
    const change = (source, path) => (path === file ? source.replace(find, () => replacement) : source);
    const keyOf = (source, path) =>
      createHash('sha256')
        .update(`${path}\n${change(source, path)}`)
        .digest('hex');
    return {
      getCacheKey: keyOf,
      process(source, path, options) {
        const key = keyOf(source, path);
        const result = compiled.get(key) ?? compiler.process(change(source, path), path, options);
        compiled.set(key, result);
        return result;
      },
    };
  },
};
