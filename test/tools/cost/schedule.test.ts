import { leastOnMean } from '../../../tools/cost/schedule';

test('the mean of a day goes by the hours of each change, as each service writes it', () => {
  expect(leastOnMean([], 3)).toBe(3);
  expect(
    leastOnMean(
      [
        { at: '0 7 * * *', least: 2 },
        { at: 'cron(0 19 * * ? *)', least: 1 },
      ],
      9,
    ),
  ).toBe(1.5);
  expect(leastOnMean([{ at: '15 23 * * *', least: 4 }], 1)).toBe(4);
});

test('a schedule that is not for every day is taken as the most that it or the group has', () => {
  expect(leastOnMean([{ at: '0 7 * * MON', least: 5 }], 2)).toBe(5);
});
