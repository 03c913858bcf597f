const { writeFileSync } = require('node:fs');

/** Writes a line for each test file that has run, with its mutation; and all results into a file. */
module.exports = class MutationReporter {
  constructor(_globalConfig, { output }) {
    this.output = output;
    this.results = [];
  }

  onTestFileResult({ context }, { testExecError, testResults }, { numTotalTestSuites }) {
    const mutation = context.config.displayName.name;
    const tests = testResults.map(({ fullName, status, failureMessages }) => ({ fullName, status, failureMessages }));
    this.results.push({ mutation, error: testExecError?.message, tests });
    const isCaught = testExecError || tests.some(({ status }) => status === 'failed');
    process.stderr.write(
      `${this.results.length} of ${numTotalTestSuites}: ${mutation}: tests ${isCaught ? 'fail' : 'pass'}\n`,
    );
  }

  onRunComplete() {
    writeFileSync(this.output, JSON.stringify(this.results));
  }
};
