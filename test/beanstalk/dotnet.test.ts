import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

// Where there is no .NET, samples.test.ts can't run this sample. What its files show is held here, so that
// what they say of each other stays true.

const FOLDER = path.join(__dirname, '..', '..', 'beanstalk', 'dotnet');
const HOOK = '.platform/hooks/prebuild/10-publish.sh';
const read = (file: string): string => readFileSync(path.join(FOLDER, file), 'utf8');
const one = (text: string, pattern: RegExp): string => {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`no ${pattern} in:\n${text}`);
  return found;
};

const project = read('Application.csproj');
const program = read('Program.cs');
const framework = one(project, /<TargetFramework>(.*)<\/TargetFramework>/);

/** The names of elements that are not closed in order; none where the text is well-formed in that. */
function unbalanced(xml: string): string[] {
  const open: string[] = [];
  const tags = xml
    .replaceAll(/<!--.*?-->|<\?.*?\?>/gs, '')
    .matchAll(/<(\/?)([\w.]+)(?:\s+[\w.]+="[^"<]*")*\s*(\/?)>|</g);
  for (const [tag, closing, name, selfClosing] of tags) {
    if (name === undefined) return [tag];
    if (closing === '/') {
      if (open.pop() !== name) return [name];
    } else if (selfClosing !== '/') open.push(name);
  }
  return open;
}

describe('the dotnet sample, unrun,', () => {
  it('has a project file that is XML', () => {
    expect(unbalanced(project)).toEqual([]);
    expect(unbalanced('<Project><A></Project>')).toEqual(['Project']);
  });

  it('has a lock file that says the packages of its project, of which there is none', () => {
    expect(project).not.toContain('PackageReference');
    expect(JSON.parse(read('packages.lock.json'))).toEqual({ version: 1, dependencies: { [framework]: {} } });
  });

  it('is published by its hook with the SDK of its framework, to where its Procfile runs it', () => {
    const hook = read(HOOK);
    expect(one(hook, /dnf install -y dotnet-sdk-([\d.]+)/)).toBe(framework.replace('net', ''));
    expect(one(hook, /dotnet publish (\S+)/)).toBe('Application.csproj');
    const output = one(hook, /--output (\S+)/);
    expect(read('Procfile')).toBe(`web: dotnet ${output}/Application.dll\n`);
  });

  it.each([HOOK, HOOK.replace('hooks', 'confighooks')])('has a hook that bash can read: %s', (hook) => {
    expect(spawnSync('bash', ['-n', path.join(FOLDER, hook)]).status).toBe(0);
  });

  it('is published again when its configuration changes, which unpacks its sources and runs other hooks', () => {
    const twin = read(HOOK.replace('hooks', 'confighooks'));
    const [, program = '', ...args] = one(twin, /^(exec .+)$/m).split(' ');
    // From the folder of the sources, as the platform does; what it would run is only looked at here.
    expect([program, ...args]).toEqual(['bash', HOOK]);
    expect(spawnSync(program, ['-n', ...args], { cwd: FOLDER }).status).toBe(0);
  });

  it('maps the routes of the common part, and answers /info with its fields', () => {
    const contract = readFileSync(path.join(__dirname, '..', '..', 'docs', 'contract.md'), 'utf8');
    const routes = [...contract.matchAll(/^## `GET (\S+)` \(common\)$/gm)].map(([, route]) => route);
    expect(routes.sort()).toEqual(['/', '/health', '/info']);
    const mapped = [...program.matchAll(/application\.MapMethods\("([^"]+)", reading,/g)].map(([, route]) => route);
    expect(mapped.sort()).toEqual(routes);

    const fields = [...contract.matchAll(/^\| `(\w+)` \| (string|number|integer) \|/gm)].map(([, field]) => field);
    const facts = one(program, /record Facts\(([^)]*)\)/);
    const own = [...facts.matchAll(/\w+ (\w+)(?:,|$)/g)].map(
      ([, name = '']) => name.charAt(0).toLowerCase() + name.slice(1),
    );
    expect(own).toEqual(fields);
  });
});

// A hook that prepares the sources is needed whenever they are unpacked anew, which a change of the configuration does
// too (Developer Guide, "Platform hooks").
const samples = path.dirname(FOLDER);
const hooks = readdirSync(samples, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\/\.platform\/hooks\/(prebuild|predeploy)\/[^/]+$/.test(file))
  .sort();

it('finds the hooks of the samples', () => {
  expect(hooks).toEqual([`dotnet/${HOOK}`]);
});

it.each(hooks)('%s has a twin for changes of the configuration', (hook) => {
  expect(statSync(path.join(samples, hook.replace('/hooks/', '/confighooks/'))).isFile()).toBe(true);
});
