import { IPV4_BLOCK, isPrivateBlock, isWholeBlock, wholeBlock } from '../../../lib/options/ipv4-block';

test.each([
  ['10.0.0.5/16', '10.0.0.0/16'],
  ['10.255.255.1/16', '10.255.0.0/16'],
  ['172.31.255.9/20', '172.31.240.0/20'],
  ['255.255.255.255/1', '128.0.0.0/1'],
  ['198.51.100.7/32', '198.51.100.7/32'],
  ['1.2.3.4/0', '0.0.0.0/0'],
])('%s is within %s', (block, whole) => {
  expect(wholeBlock(block)).toBe(whole);
  expect(isWholeBlock(whole)).toBe(true);
  expect(isWholeBlock(block)).toBe(block === whole);
});

test.each(['10.0.0.0', '10.0.0.0/33', '256.0.0.0/8', '10.0.0/8', 'a/8', '10.0.0.0/08'])('%s is no block', (text) => {
  expect(IPV4_BLOCK.test(text)).toBe(false);
  expect(isWholeBlock(text)).toBe(false);
});

test.each([
  ['10.0.0.0/8', true],
  ['10.255.0.0/16', true],
  ['172.16.0.0/12', true],
  ['172.31.0.0/16', true],
  ['192.168.255.0/24', true],
  ['11.0.0.0/16', false],
  ['172.15.0.0/16', false],
  ['172.32.0.0/16', false],
  ['192.0.2.0/24', false],
  ['192.168.0.0/12', false],
  ['8.0.0.0/5', false],
])('%s is private: %s', (block, expected) => {
  expect(isPrivateBlock(block)).toBe(expected);
});
