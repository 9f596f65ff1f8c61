/**
 * The milliseconds of processor that `work` takes. For claims about work that waits for nothing:
 * a clock would also count what everything else on the machine does meanwhile.
 */
export function processorMs(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}
