import { clock, DAY, ORDINARY_DAY, parseRequests } from '../../../tools/day/load';

test('a day from a file has a number for each minute', () => {
  expect(parseRequests(ORDINARY_DAY.join('\n'))).toEqual(ORDINARY_DAY);
});

test.each([
  ['1\n2\n', /has 2 lines/],
  [[...ORDINARY_DAY.slice(1), 'many'].join('\n'), /Line 1440 is "many"/],
  [['-1', ...ORDINARY_DAY.slice(1)].join('\n'), /Line 1 is "-1"/],
])('a file that is no such day is refused, with its line (%#)', (text, message) => {
  expect(() => parseRequests(text)).toThrow(message);
});

test('the ordinary day has every minute, and is busiest at noon', () => {
  expect(ORDINARY_DAY).toHaveLength(DAY);
  expect(clock(ORDINARY_DAY.indexOf(Math.max(...ORDINARY_DAY)))).toBe('11:30');
});
