const { testMatch: _testMatch, ...config } = require('./jest.config.js');

/** @type {import('jest').Config} */
module.exports = { ...config, testPathIgnorePatterns: ['/node_modules/'], testRegex: require('./test/integration.js') };
