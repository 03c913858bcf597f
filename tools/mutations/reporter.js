const { writeFileSync } = require('node:fs');

/** What noticed the change, as far as one test file tells. */
const caughtBy = (error, tests) => {
  if (error) return 'the tests cannot begin';
  const failed = tests.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return 'all tests pass';
  const isSnapshot = ({ failureMessages }) => failureMessages.every((message) => message.includes('toMatchSnapshot'));
  return failed.every(isSnapshot) ? 'a snapshot fails' : 'an assertion fails';
};

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
    process.stderr.write(
      `${this.results.length} of ${numTotalTestSuites}: ${mutation}: ${caughtBy(testExecError, tests)}\n`,
    );
  }

  onRunComplete() {
    writeFileSync(this.output, JSON.stringify(this.results));
  }
};
