/** @param {string} file */
const built = (file) => import(new URL(`../../dist/${file}`, import.meta.url).href);

/**
 * Waits that tests have the time for. Leases stay long enough for a machine on which six tests at
 * once want the same two cores.
 * @param {string} [others] JSON of those that are to be otherwise
 */
export async function toTiming(others = '{}') {
  const { TIMING } = await built('base/timing.js');
  return {
    ...TIMING,
    lease: 8_000,
    renewEvery: 1_500,
    drainLimit: 3_000,
    closeLimit: 1_000,
    lockLimit: 1_500,
    commitLimit: 2_500,
    firstRetry: 1_500,
    firstRestart: 200,
    sourceBackoff: 100,
    arxivBackoff: 500,
    arxivInterval: 300,
    ...JSON.parse(others),
  };
}
