import { readConfig } from '../../../lib/app';
import { lambdaServiceEnvironment, serviceEnvironment } from '../../../lib/shared/service-environment';

const MIB = 1024 * 1024;
const bodyMiB = (environment: Record<string, string>): number => Number(environment['SERVICE_MAX_BODY_BYTES']) / MIB;

test.each([
  [64, 1024, 4],
  [2, 1024, 2],
  [4, 256, 4],
  [4, 128, 2],
  [1, 128, 1],
])(
  'with service.maxBodyMiB=%i, a function of %i MiB takes %i MiB: what fits its payload and its memory',
  (maxBodyMiB, memoryMiB, expected) => {
    const { values } = readConfig({ 'service.maxBodyMiB': maxBodyMiB, 'lambda.memoryMiB': 1024 });
    expect(bodyMiB(lambdaServiceEnvironment('lambda', values, memoryMiB))).toBe(expected);
  },
);

test('every other compute option takes what the option says', () => {
  expect(bodyMiB(serviceEnvironment('ec2', readConfig({ 'service.maxBodyMiB': 64 }).values))).toBe(64);
});
