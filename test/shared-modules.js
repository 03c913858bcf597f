/** Puts the module of the process in the place of one that Jest would load for a test file alone. */
module.exports = {
  process: (_source, file) => ({ code: `module.exports = shared.require(${JSON.stringify(file)});` }),
};
