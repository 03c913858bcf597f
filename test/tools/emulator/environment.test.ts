import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { environmentFor, withoutAws } from '../../../tools/emulator/environment';
import { whyNotTaken } from '../../../tools/emulator/user-endpoint';
import { PythonEnvironment } from '../../../tools/python-environment';

test('what is called for an emulator gets no account, profile or endpoint of a person', () => {
  const own = {
    PATH: '/bin',
    AWS_PROFILE: 'work',
    AWS_SESSION_TOKEN: 'secret',
    AWS_ENDPOINT_URL_S3: 'https://s3.example',
  };
  expect(withoutAws(own)).toEqual({ PATH: '/bin' });
  expect(environmentFor('http://127.0.0.1:1', '/folder')).toMatchObject({
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_CONFIG_FILE: '/folder/no-config',
    AWS_SHARED_CREDENTIALS_FILE: '/folder/no-credentials',
    CDK_HOME: '/folder/cdk',
  });
});

test.each(['http://127.0.0.1:4566', 'https://localhost:9297', 'http://[::1]:4566', 'http://aws.localhost:4566'])(
  'a person may set %s, on this machine, as the endpoint',
  (url) => {
    expect(whyNotTaken(url)).toBeUndefined();
  },
);

test.each([
  'http://192.0.2.1:4566',
  'https://sts.amazonaws.com',
  'http://127.0.0.1.example.com',
  'ftp://127.0.0.1',
  'x',
])('%s is refused with its value and what to set', (url) => {
  expect(whyNotTaken(url)).toContain(`AWS_ENDPOINT_URL is ${JSON.stringify(url)}`);
  expect(whyNotTaken(url)).toContain('unset AWS_ENDPOINT_URL');
});

describe('the installation of the emulator', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'requirements-'));
  const requirements = path.join(folder, 'requirements.txt');
  writeFileSync(requirements, `ministack==1.5.33 --hash=sha256:${'0'.repeat(64)}\n`);
  const environment = new PythonEnvironment(`test-${process.pid}`, requirements);
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('without Python says so, and leaves nothing', async () => {
    process.env['PATH'] = folder;
    expect(await environment.install()).toBe('there is no python3 on this machine');
    expect(environment.command('ministack')).toBeUndefined();
  });

  test('is given up where the person ends the command', async () => {
    const ended = new AbortController();
    ended.abort();
    expect(await environment.install(ended.signal)).toContain('abort');
  });
});
