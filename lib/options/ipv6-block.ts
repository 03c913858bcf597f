import { isIPv6 } from 'node:net';

const GROUPS = 8;
const BITS_OF_GROUP = 16;

/** The eight groups of 16 bits of an address; `::` stands for as many zeros as are missing. */
function groups(address: string): number[] {
  // As URLs write it (RFC 5952), without an IPv4 address at its end.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = canonical.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = Array.from({ length: GROUPS - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16));
}

/** The block as AWS writes it, from its first address on: `2001:db8::/32` of `2001:DB8::1/32`; undefined for no block. */
export function wholeIpv6Block(block: string): string | undefined {
  const [address = '', bits = '', ...more] = block.split('/');
  if (more.length > 0 || address.includes('%') || !isIPv6(address) || !/^(12[0-8]|1[01]\d|[1-9]?\d)$/.test(bits))
    return undefined;
  const first = groups(address).map((group, place) => {
    const free = BITS_OF_GROUP - Math.min(BITS_OF_GROUP, Math.max(0, Number(bits) - place * BITS_OF_GROUP));
    return Math.floor(group / 2 ** free) * 2 ** free;
  });
  const { hostname } = new URL(`http://[${first.map((group) => group.toString(16)).join(':')}]`);
  return `${hostname.slice(1, -1)}/${bits}`;
}

/** Whether a block begins with its first address, and is written as AWS writes it. */
export const isWholeIpv6Block = (block: string): boolean => wholeIpv6Block(block) === block;
