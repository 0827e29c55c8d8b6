import { BlockList, isIP } from 'node:net';

/**
 * Tells whose mails are those of many: a mail server or a proxy of ours in front of the listener. Junk
 * that others send through it must not be counted against it, or real bounces would be refused with the
 * junk. Nobody guesses a key of ours, however many they try. LMTP is spoken within a network of one's own
 * only (RFC 2033 §5).
 * @param networks addresses, and networks like `10.0.0.0/8`
 */
export function findFronts(
  protocol: 'smtp' | 'lmtp',
  networks: readonly string[],
): (address: string) => boolean {
  if (protocol === 'lmtp') return () => true;
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = toFamily(address);
    const bits = prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix);
    list.addSubnet(address, bits, family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, toFamily(address));
}

function toFamily(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
