// What needs an emulator of AWS that runs functions: slower than the rest, and by a command of its own.
const base = require('./jest.config.js');

/** @type {import('jest').Config} */
module.exports = { ...base, testMatch: ['**/*.emulated.ts'], testTimeout: 120_000 };
