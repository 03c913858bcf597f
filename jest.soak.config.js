// What sends thousands of requests to every option, or installs from the npm registry: minutes, and so by a command of its
// own.
const base = require('./jest.config.js');

/** @type {import('jest').Config} */
module.exports = { ...base, testMatch: ['**/*.soak.ts'] };
