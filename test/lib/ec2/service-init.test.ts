import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { serviceUnit } from '../../../lib/ec2/service-init';
import { describeUnless } from '../../left-out';

const unit = serviceUnit({ SERVICE_OPTION: 'ec2', PORT: '80' });
const directory = mkdtempSync(path.join(tmpdir(), 'compute-unit-'));
const file = path.join(directory, 'thumbnails.service');
// The binaries of the unit are on the instance, not here: `verify` looks for them.
writeFileSync(file, unit.replace(/^ExecStart=.*/m, 'ExecStart=/bin/true'));
afterAll(() => rmSync(directory, { recursive: true }));

const systemd = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
const version = systemd.error ? 0 : Number(/systemd (\d+)/.exec(systemd.stdout)?.[1]);
const reason = version >= 250 ? undefined : 'there is no systemd 250 or newer here';

describeUnless(reason, 'the unit of the service', () => {
  test('systemd reads the unit without a complaint', () => {
    const { stderr, status } = spawnSync('systemd-analyze', ['verify', '--recursive-errors=no', file], {
      encoding: 'utf8',
    });
    expect(stderr.split('\n').filter((line) => line.includes('thumbnails.service'))).toEqual([]);
    expect(status).toBe(0);
  });

  test('systemd rates the exposure of the unit as low', () => {
    // 0 is nothing exposed, 10 is everything; a unit without any hardening has 9.6.
    const { stdout, status } = spawnSync(
      'systemd-analyze',
      ['security', '--offline=true', '--threshold=20', '--no-pager', file],
      {
        encoding: 'utf8',
      },
    );
    expect(stdout).toMatch(/Overall exposure level for thumbnails\.service: [01]\.\d OK/);
    expect(status).toBe(0);
  });
});

test('the environment reaches the service, which listens on all addresses', () => {
  expect(unit).toContain('Environment=SERVICE_OPTION=ec2\nEnvironment=PORT=80\n');
  expect(unit).toContain('Environment=HOST=0.0.0.0\n');
});

test('the service is its own unprivileged user and can’t ask for the credentials of the instance', () => {
  expect(unit).toContain('DynamicUser=yes');
  expect(unit).toContain('IPAddressDeny=169.254.169.254');
  expect(unit).not.toMatch(/^User=root/m);
});
