import { platformFromEnvironment, memoryLimitMiB, type LogEntry } from '../../service/platform';

describe('a platform from the environment', () => {
  test('has the defaults of the contract where nothing is set', () => {
    const platform = platformFromEnvironment({});
    expect(platform).toMatchObject({
      option: 'local',
      runtime: `Node.js ${process.versions.node}`,
      limits: { maxBodyBytes: 4_194_304, maxPixels: 50_000_000 },
    });
    expect(['arm64', 'x86_64']).toContain(platform.architecture);
    expect(platform.startedAt.getTime()).toBeLessThanOrEqual(Date.now());
    expect(platform.isStopping()).toBe(false);
    expect(platform.isWarm()).toBe(false);
  });

  test('takes what is set, and an empty variable as not set', () => {
    expect(
      platformFromEnvironment({ SERVICE_OPTION: 'ecs-ec2', SERVICE_MAX_BODY_BYTES: '2048', SERVICE_MAX_PIXELS: '' }),
    ).toMatchObject({
      option: 'ecs-ec2',
      limits: { maxBodyBytes: 2048, maxPixels: 50_000_000 },
    });
    expect(platformFromEnvironment({ SERVICE_OPTION: '' }).option).toBe('local');
    expect(platformFromEnvironment({ SERVICE_OPTION: 'frameworks/spring-boot' }).option).toBe('frameworks/spring-boot');
  });

  test('takes the name of any compute option', () => {
    for (const option of ['web-function', 'managed-instances', 'an-option-to-come'])
      expect(platformFromEnvironment({ SERVICE_OPTION: option }).option).toBe(option);
  });

  test('takes what an adapter knows better', () => {
    expect(platformFromEnvironment({}, { memoryMiB: 512 }).memoryMiB).toBe(512);
  });

  test('names every wrong variable at once, its value and what is allowed', () => {
    expect(() =>
      platformFromEnvironment({ SERVICE_OPTION: 'Fargate!', SERVICE_MAX_BODY_BYTES: '4MB', SERVICE_MAX_PIXELS: '-1' }),
    ).toThrow(
      'SERVICE_OPTION is "Fargate!": it must be the name of a compute option: lower-case letters, digits and hyphens, a ' +
        'letter first, and a part of it after a slash, such as frameworks/flask. Correct it, or leave it out for local.\n' +
        'SERVICE_MAX_BODY_BYTES is "4MB": it must be a whole number from 1024 to 104857600 (bytes of the largest ' +
        'picture that is read). Correct it, or leave it out for 4194304.\n' +
        'SERVICE_MAX_PIXELS is "-1": it must be a whole number from 1 to 268402689 (pixels of the largest picture ' +
        'that is decoded, all frames counted). Correct it, or leave it out for 50000000.',
    );
  });

  test.each(['1023', '104857601', '1e6', ' 4096', '0x1000', '4096.0'])('refuses %s bytes', (value) => {
    expect(() => platformFromEnvironment({ SERVICE_MAX_BODY_BYTES: value })).toThrow(
      `SERVICE_MAX_BODY_BYTES is "${value}"`,
    );
  });

  test('logs one JSON object a line', () => {
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    platformFromEnvironment({}).log({ level: 'info', message: 'two\nlines', requestId: 'r' });
    const [[line]] = write.mock.calls as [[string]];
    write.mockRestore();
    expect(line).toMatch(/^[^\n]+\n$/);
    expect(JSON.parse(line) as LogEntry).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      level: 'info',
      message: 'two\nlines',
      requestId: 'r',
    });
  });
});

describe('the memory limit', () => {
  const machine = 8 * 2 ** 30;
  test.each<[string, number | undefined, number]>([
    ['of a container', 512 * 2 ** 20, 512],
    ['of a machine where no container limits it', 0, 8192],
    ['of a machine where the control group has no limit', Number(2n ** 64n - 1n), 8192],
    ['of a machine that tells of none', undefined, 8192],
  ])('is that %s', (_, constrained, mebibytes) => {
    expect(memoryLimitMiB(constrained, machine)).toBe(mebibytes);
  });
});
