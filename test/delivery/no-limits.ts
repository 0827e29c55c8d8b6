import type { RateLimits } from '../../src/delivery/throttle/rate-limits.js';

export const NO_LIMITS: RateLimits = {
  rate: null,
  domainRate: null,
  domainRates: {},
  dailyCap: null,
  warmup: null,
  noticesPerHour: null,
  noticesShare: 10,
  timezone: 'UTC',
};
