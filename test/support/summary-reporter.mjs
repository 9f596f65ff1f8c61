// The one line CI reads: `Tests: N passed, N failed, N skipped`. A run in which no test passed fails.
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const {
      numPassedTests,
      numFailedTests,
      numPendingTests,
      numTodoTests,
      numRuntimeErrorTestSuites,
    } = results
    const failed = numFailedTests + numRuntimeErrorTestSuites
    this.error = numPassedTests === 0 ? new Error('No test passed') : undefined
    process.stdout.write(
      `Tests: ${numPassedTests} passed, ${failed} failed, ${numPendingTests + numTodoTests} skipped\n`,
    )
  }

  getLastError() {
    return this.error
  }
}
