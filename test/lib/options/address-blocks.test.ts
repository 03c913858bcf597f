import { blocksProblem, isWholeAddressBlock, nearestAddressBlocks } from '../../../lib/options/address-blocks';
import { wholeIpv6Block } from '../../../lib/options/ipv6-block';

test.each([
  ['::/0', '::/0'],
  ['2001:DB8::1/32', '2001:db8::/32'],
  ['2001:db8:0:0:0:0:0:1/128', '2001:db8::1/128'],
  ['2001:db8:ffff:ffff::/33', '2001:db8:8000::/33'],
  ['2001:db8:1234:1aff::/56', '2001:db8:1234:1a00::/56'],
  ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/1', '8000::/1'],
  ['::ffff:192.0.2.1/128', '::ffff:c000:201/128'],
  ['1::/0', '::/0'],
])('%s is within %s', (block, whole) => {
  expect(wholeIpv6Block(block)).toBe(whole);
  expect(isWholeAddressBlock(whole)).toBe(true);
  expect(isWholeAddressBlock(block)).toBe(block === whole);
});

test.each(['::', '::/129', '::/-1', '::/01', '::/0/0', '::1%eth0/128', ':::/0', 'g::/16', '1:2:3:4:5:6:7:8:9/64', ''])(
  '%p is no block',
  (text) => {
    expect(wholeIpv6Block(text)).toBeUndefined();
    expect(isWholeAddressBlock(text)).toBe(false);
  },
);

test('a text with a slip is taken for the blocks that it means, and one that is right or means none for nothing', () => {
  expect(nearestAddressBlocks('10.0.0.5/8, 2001:db8::5/64')).toBe('10.0.0.0/8,2001:db8::/64');
  expect(nearestAddressBlocks('0.0.0.0/0,::/0')).toBeUndefined();
  expect(nearestAddressBlocks('10.0.0.5/8,office')).toBeUndefined();
});

test('blocks of IPv6 come beside IPv4, and everybody gets in over both or over neither', () => {
  expect(blocksProblem(['198.51.100.0/24'])).toBeUndefined();
  expect(blocksProblem(['0.0.0.0/0', '::/0'])).toBeUndefined();
  expect(blocksProblem(['198.51.100.0/24', '2001:db8::/32'])).toBeUndefined();
  expect(blocksProblem(['2001:db8::/32'])).toContain('give the IPv4 blocks of the same callers too');
  expect(blocksProblem(['198.51.100.0/24', '::/0'])).toContain('or neither');
  expect(blocksProblem(['0.0.0.0/0', '2001:db8::/32'])).toContain('or neither');
});
