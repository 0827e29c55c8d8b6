#!/usr/bin/env node
import { toErrorCode } from './base/errors.js';
import { TIMING } from './base/timing.js';
import { runCli } from './cli/program.js';

// Whoever reads the answer may stop before its end, as `head` does.
process.stdout.on('error', (error) => {
  if (toErrorCode(error) !== 'EPIPE') throw error;
});
process.exitCode = await runCli(process.argv.slice(2), process.env, TIMING);
