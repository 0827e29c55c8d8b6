import { parseArgs } from 'node:util';
import { fuzz } from './fuzz.js';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
  },
});

const { count, kinds, slowest, faults } = await fuzz(Number(values.count), Number(values.seed));
console.log(`${count} mails read, ${faults.length} faults, seed ${values.seed}`);
console.log(kinds);
console.log(`slowest: ${slowest.milliseconds.toFixed(1)} ms, ${slowest.mail.length} octets`);
for (const { reason, mail } of faults) console.log(`${reason}\n${mail.toString('base64')}`);
process.exitCode = faults.length === 0 ? 0 : 1;
