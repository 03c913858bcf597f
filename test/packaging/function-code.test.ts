import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { lambdaCode } from '../../packaging/function-code';

const { path: folder, hash } = lambdaCode('lambda/beanstalk/index.ts');
const file = path.join(folder, 'index.mjs');

test('is one file that Node.js runs as it is, with the handler that Lambda looks for', () => {
  const program = `const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)}); console.log(typeof handler);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  expect({ stdout, stderr }).toEqual({ stdout: 'function\n', stderr: '' });
});

test('takes nothing along but what Lambda’s runtime has: the AWS SDK', () => {
  const imports = [...readFileSync(file, 'utf8').matchAll(/\b(?:from|import) ?["']([^"']+)["']/g)].map(
    ([, name]) => name,
  );
  expect(imports.length).toBeGreaterThan(2);
  for (const name of imports) expect(name).toMatch(/^(@aws-sdk\/client-[a-z0-9-]+|node:[a-z/]+)$/);
});

test('is the same for the same source', () => {
  const program = `console.log(require('./packaging/function-code.ts').lambdaCode('lambda/beanstalk/index.ts').hash)`;
  const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', '--eval', program], {
    cwd: path.join(__dirname, '..', '..'),
    env: { ...process.env, TZ: 'Pacific/Kiritimati' },
    encoding: 'utf8',
  });
  expect(stdout.trim()).toBe(hash);
});
