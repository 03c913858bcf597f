/** A block of IPv4 addresses: its first address as a number, and the number of bits that all its addresses share. */
interface Block {
  readonly first: number;
  readonly bits: number;
}

const OCTET = '(25[0-5]|2[0-4]\\d|1?\\d?\\d)';

/** `198.51.100.0/24`: four numbers to 255, and up to 32 bits. */
export const IPV4_BLOCK = new RegExp(`^${OCTET}(\\.${OCTET}){3}/(3[0-2]|[12]?\\d)$`);

function parse(block: string): Block {
  const [address = '', bits = ''] = block.split('/');
  const first = address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);
  return { first, bits: Number(bits) };
}

/** The block as AWS writes it, from its first address on: `10.0.0.0/16` of `10.0.0.5/16`. */
export function wholeBlock(block: string): string {
  const { first, bits } = parse(block);
  const start = Math.floor(first / 2 ** (32 - bits)) * 2 ** (32 - bits);
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256);
  return `${octets.join('.')}/${bits}`;
}

/** Whether a block begins with its first address, as CloudFormation and security groups want it. */
export const isWholeBlock = (block: string): boolean => IPV4_BLOCK.test(block) && wholeBlock(block) === block;

/** The blocks that no host on the internet has (RFC 1918). */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'].map(parse);

/** Whether all of a block is private. */
export function isPrivateBlock(block: string): boolean {
  const { first, bits } = parse(block);
  return PRIVATE.some(
    (other) =>
      bits >= other.bits && Math.floor(first / 2 ** (32 - other.bits)) === other.first / 2 ** (32 - other.bits),
  );
}

/** The blocks that a text means whose addresses are inside them. */
export function nearestBlocks(text: string): string | undefined {
  const blocks = text.split(',').map((part) => part.trim());
  return blocks.every((block) => IPV4_BLOCK.test(block)) ? blocks.map(wholeBlock).join(',') : undefined;
}
