import { IPV4_BLOCK, isWholeBlock, wholeBlock } from './ipv4-block';
import { isWholeIpv6Block, wholeIpv6Block } from './ipv6-block';

/** Whether a block of IPv4 or IPv6 is written as AWS writes it, from its first address on. */
export const isWholeAddressBlock = (block: string): boolean => isWholeBlock(block) || isWholeIpv6Block(block);

/** The blocks that a text means whose addresses are inside them. */
export function nearestAddressBlocks(text: string): string | undefined {
  const blocks = text.split(',').map((part) => {
    const block = part.trim();
    return IPV4_BLOCK.test(block) ? wholeBlock(block) : wholeIpv6Block(block);
  });
  return blocks.includes(undefined) || blocks.join() === text ? undefined : blocks.join();
}

/** Why blocks of both protocols contradict each other; undefined where they don't. */
export function blocksProblem(blocks: readonly string[]): string | undefined {
  const ofIpv6 = blocks.filter((block) => block.includes(':'));
  const ofIpv4 = blocks.filter((block) => !block.includes(':'));
  if (ofIpv6.length === 0) return undefined;
  if (ofIpv4.length === 0) return 'IPv6 comes beside IPv4, never alone; give the IPv4 blocks of the same callers too';
  const isOpen = (some: readonly string[]): boolean => some.some((block) => block.endsWith('/0'));
  if (isOpen(ofIpv6) === isOpen(ofIpv4)) return undefined;
  return 'everybody gets in over one protocol, and some callers over the other; give 0.0.0.0/0 and ::/0, or neither';
}
