import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pageOptions } from '../../../tools/sandbox/choice';
import { renderPage } from '../../../tools/sandbox/page';
import { hashOfStyle, PICTURE_FILES, readShows } from '../../../tools/sandbox/picture';
import { SANDBOX_RUNNERS } from '../../../tools/sandbox/runners';

// The pictures are taken by hand, by `npm run page-pictures -- sandbox`: these tests say when it is time.

const DOCS = path.join(__dirname, '../../../docs');
const { html } = renderPage({ options: pageOptions(SANDBOX_RUNNERS), maxBodyBytes: 1e6 });
const onPage = html.replace(/<[^>]+>/g, '').replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
const names = SANDBOX_RUNNERS.map(({ name }) => name);

test.each(PICTURE_FILES)('%s shows the page as it is today', async (file) => {
  const { texts, answered, runners, style } = await readShows(path.join(DOCS, file));
  expect(texts).toContain('Answers, side by side');
  expect(texts.filter((text) => !onPage.includes(text))).toEqual([]);
  expect(answered.length).toBeGreaterThan(2);
  expect(answered.filter((name) => !names.includes(name))).toEqual([]);
  expect(runners).toBe(names.length);
  expect(style).toBe(hashOfStyle());
});

test('the wide one shows thumbnails by every way that takes Node.js alone, and the pipeline', async () => {
  const { answered, texts } = await readShows(path.join(DOCS, 'sandbox-light.webp'));
  expect(answered).toEqual(expect.arrayContaining(['ec2', 'beanstalk/node', 'lambda', 'web-function']));
  expect(answered.filter((name) => name === 'lambda/deployed')).toHaveLength(2);
  expect(texts).toContain('ECS on Fargate');
});

test('the page on the sandbox has each of them, and each is small', () => {
  const page = readFileSync(path.join(DOCS, 'sandbox.md'), 'utf8');
  for (const file of PICTURE_FILES) {
    expect(page).toContain(`"${file}"`);
    expect(statSync(path.join(DOCS, file)).size).toBeLessThan(200_000);
  }
});
