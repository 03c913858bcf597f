import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getRequestListener } from '@hono/node-server';
import type { Browser, Page } from 'playwright-core';
import { createApp } from '../../service/app';
import { platformFromEnvironment } from '../../service/platform';
import { draggedPicture, findChromium, startChromium } from '../../tools/chromium';
import { photograph } from './in-process';
import { describeUnless } from '../left-out';

// The page as people use it, in a real browser.

// A busy machine may take its time; a page that never answers is still found out.
jest.setTimeout(30_000);

const executable = findChromium();
const reason = executable === undefined ? 'there is no Chromium here; install one, or name it in CHROMIUM' : undefined;
/** Every twelfth part of the circle: the hue of a page follows from the option's name. */
const hues = Array.from({ length: 12 }, (_, index) => index * 30);
const file = (name: string): string => path.join(__dirname, '../../contract/photographs', name);

describeUnless(reason, 'the page', () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  let requests: string[];
  let origin: string;

  async function serve(option: string): Promise<string> {
    const app = createApp(
      platformFromEnvironment({ SERVICE_OPTION: option, SERVICE_MAX_BODY_BYTES: '200000' }, { log: () => undefined }),
    );
    const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
    server = createServer((request, response) => {
      // As a gateway does that has the service below a prefix.
      request.url = (request.url ?? '/').replace(/^\/stage(?=\/|$)/, '') || '/';
      void listener(request, response);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  beforeAll(async () => {
    [browser, origin] = await Promise.all([startChromium(executable ?? ''), serve('fargate')]);
    // One page for all tests, loaded anew for each: a new one each time would take half of their time.
    page = await browser.newPage();
    page.setDefaultTimeout(10_000);
    page.on('console', (message) => {
      // An answer that is an error is one line of the browser's own.
      if (message.text().startsWith('Failed to load resource: the server responded with a status of 4')) return;
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => requests.push(request.url()));
    await page.addInitScript(
      `addEventListener('securitypolicyviolation', (event) => console.error('policy', event.violatedDirective))`,
    );
  });

  afterAll(async () => {
    await browser.close();
    server.closeAllConnections();
    server.close();
  });

  beforeEach(async () => {
    complaints = [];
    requests = [];
    await page.unrouteAll();
    await page.setViewportSize({ width: 1024, height: 768 });
    await page.emulateMedia({ colorScheme: 'light' });
    await page.goto(origin);
  });

  afterEach(() => {
    expect(complaints).toEqual([]);
    const elsewhere = requests.filter((url) => !/^(blob|data):/.test(url) && new URL(url).origin !== origin);
    expect(elsewhere).toEqual([]);
  });

  const thumbnail = () => page.getByRole('img', { name: /^Thumbnail of/ });
  const naturalSize = async (): Promise<unknown> => {
    await thumbnail().waitFor();
    return page.evaluate(
      `(({ naturalWidth, naturalHeight }) => [naturalWidth, naturalHeight])(document.getElementById('thumbnail'))`,
    );
  };

  test('says which platform answered, and how', async () => {
    expect(await page.title()).toBe('Thumbnails on fargate');
    const facts = page.getByRole('region', { name: 'The process that answered last' });
    expect(await facts.innerText()).toMatch(/Compute option\s+fargate/);
    expect(await facts.innerText()).toContain(`Node.js ${process.versions.node}`);
  });

  test('is used with the keyboard alone', async () => {
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.id')).toBe('picture');
    const outline = 'getComputedStyle(document.getElementById("drop")).outlineStyle';
    expect(await page.evaluate(outline)).toBe('solid');

    const chosen = page.waitForEvent('filechooser');
    // Asking for the event switches it on in the browser; what comes after an answer from there comes after that.
    await page.evaluate('0');
    await page.keyboard.press('Enter');
    const chooser = await chosen;
    await chooser.setFiles(file('cat.jpg'));
    expect(await naturalSize()).toEqual([320, 213]);
    await page.getByText('320 × 213 pixels', { exact: true }).waitFor();
    expect(await page.getByRole('status').innerText()).toMatch(/^Thumbnail ready: 320 × 213 pixels, in [\d.]+ ms\.$/);

    await page.keyboard.press('Tab');
    await page.keyboard.type('64');
    await Promise.all([page.waitForResponse(/width=64&format=webp/), page.keyboard.press('Enter')]);
    await page.getByText('64 × 43 pixels', { exact: true }).waitFor();
    expect(await naturalSize()).toEqual([64, 43]);
    expect(await page.getByRole('list').getByRole('listitem').count()).toBe(2);

    await page.keyboard.press('Tab');
    await page.keyboard.press('p');
    await page.keyboard.press('Tab');
    await Promise.all([page.waitForResponse(/width=64&format=png/), page.keyboard.press('Space')]);
    await page.getByRole('link', { name: 'Save the thumbnail' }).waitFor();
    expect(await page.getByRole('link', { name: 'Save the thumbnail' }).getAttribute('download')).toBe(
      'cat-thumbnail.png',
    );
  });

  test.each(['/stage', '/stage/'])('makes a thumbnail below a prefix, at %s', async (prefix) => {
    await page.goto(origin + prefix);
    requests = [];
    await page.setInputFiles('#picture', file('cat.jpg'));
    expect(await naturalSize()).toEqual([320, 213]);
    await page.getByText('320 × 213 pixels', { exact: true }).waitFor();
    const paths = requests.filter((url) => url.startsWith(origin)).map((url) => new URL(url).pathname);
    expect([...new Set(paths)].sort()).toEqual(['/stage/info', '/stage/thumbnails']);
    expect(await page.locator('#address').innerText()).toBe(`${origin}/stage`);
    for (const [name, path] of [
      ['/info', '/stage/info'],
      ['/health', '/stage/health'],
    ] as const)
      expect(await page.getByRole('link', { name, exact: true }).getAttribute('href')).toBe(path);
  });

  test('takes a picture that is dropped', async () => {
    const dataTransfer = await draggedPicture(page, 'glass.png', 'image/png', photograph('glass.png'));
    await page.dispatchEvent('#drop', 'dragover', { dataTransfer });
    expect(await page.getAttribute('#drop', 'class')).toContain('over');
    await page.dispatchEvent('#drop', 'drop', { dataTransfer });
    expect(await naturalSize()).toEqual([320, 320]);
    expect(await thumbnail().getAttribute('alt')).toBe('Thumbnail of glass.png');
    expect(await page.getByText('from 11.2 kB').count()).toBe(1);
    expect(page.url()).toBe(`${origin}/`);
  });

  test.each(['jpeg', 'png', 'avif'])('shows a thumbnail as %s', async (format) => {
    await page.getByLabel('Format').selectOption(format);
    await page.setInputFiles('#picture', file('cat.jpg'));
    expect(await naturalSize()).toEqual([320, 213]);
  });

  test('draws a picture for whoever has none', async () => {
    await page.getByRole('button', { name: 'Draw me a picture' }).click();
    expect(await naturalSize()).toEqual([320, 213]);
  });

  test('says in words what is wrong, and then shows what is right', async () => {
    await page.setInputFiles('#picture', file('drawing.svg'));
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.innerText()).toMatch(
      /^This is no supported picture format\s+The body begins with "<\?xml versio"\. Supported are JPEG, PNG, WebP, AVIF, GIF\.\s+Request [\da-f-]{36}$/,
    );
    expect(await thumbnail().count()).toBe(0);

    await page.setInputFiles('#picture', file('cat.jpg'));
    expect(await naturalSize()).toEqual([320, 213]);
    expect(await alert.count()).toBe(0);
  });

  test('asks for a picture where there is none, and does not send what is too large', async () => {
    await page.getByRole('button', { name: 'Make thumbnail' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('There is no picture yet');
    requests = [];
    await page.setInputFiles('#picture', { name: 'huge.jpg', mimeType: 'image/jpeg', buffer: Buffer.alloc(300_000) });
    await page.getByText('huge.jpg has 300.0 kB; this service takes at most 200.0 kB.').waitFor();
    expect(requests).toEqual([]);
  });

  test('says so when the service has gone', async () => {
    await page.route('**/thumbnails?*', (route) => route.abort());
    await page.setInputFiles('#picture', file('cat.jpg'));
    const alert = await page.getByRole('alert').innerText();
    expect(alert).toContain('The service did not answer');
    expect(alert).not.toContain('Failed to fetch');
    complaints = complaints.filter((text) => !text.includes('net::ERR_FAILED'));
  });

  test('says so when the picture was removed since it was chosen, and sends nothing', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'page-'));
    const gone = path.join(folder, 'gone.jpg');
    writeFileSync(gone, photograph('cat.jpg'));
    await page.setInputFiles('#picture', gone);
    await page.locator('#result').waitFor();
    rmSync(folder, { recursive: true });
    requests = [];
    await page.getByRole('button', { name: 'Make thumbnail' }).click();
    await page.getByText('gone.jpg was changed or removed since it was chosen').waitFor();
    expect(requests).toEqual([]);
  });

  test('keeps the thumbnail where the facts can not be read', async () => {
    await page.route('**/info', (route) => route.fulfill({ contentType: 'text/html', body: '<h1>' }));
    const asked = page.waitForResponse('**/info');
    await page.setInputFiles('#picture', file('cat.jpg'));
    await asked;
    await page.getByText('Thumbnail ready').waitFor();
    expect(await page.locator('#result').isVisible()).toBe(true);
    expect(await page.getByRole('alert').isVisible()).toBe(false);
  });

  test('says so when something else answers in place of the service', async () => {
    await page.route('**/thumbnails?*', (route) =>
      route.fulfill({ status: 502, contentType: 'text/html', body: '<h1>' }),
    );
    await page.setInputFiles('#picture', file('cat.jpg'));
    expect(await page.getByRole('alert').innerText()).toContain('The answer was 502');
    complaints = complaints.filter((text) => !text.includes('502'));
  });

  test('fits a screen 320 pixels wide, thumbnail and problem too', async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    const overflow = 'document.documentElement.scrollWidth - innerWidth';
    await page.getByLabel('Width in pixels').fill('2048');
    await page.setInputFiles('#picture', file('cat.jpg'));
    await thumbnail().waitFor();
    expect(await page.evaluate(overflow)).toBe(0);
    await page.setInputFiles('#picture', file('drawing.svg'));
    await page.getByRole('alert').waitFor();
    expect(await page.evaluate(overflow)).toBe(0);
  });

  test('shows on a phone what has come of it, and goes there: work, thumbnail and problem', async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    const isInView = (id: string) =>
      page.evaluate(`new Promise((seen) => {
        const look = () => {
          const { top, bottom } = document.getElementById('${id}').getBoundingClientRect();
          if (top >= 0 && bottom <= innerHeight) seen();
          else requestAnimationFrame(look);
        };
        look();
      })`);
    const focused = () => page.evaluate('document.activeElement.id');
    let proceed: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => (proceed = resolve));
    await page.route('**/thumbnails?*', async (route) => {
      await asked;
      await route.continue();
    });
    await page.setInputFiles('#picture', file('cat.jpg'));
    await page.getByRole('progressbar', { name: 'Making the thumbnail' }).waitFor();
    await isInView('status');
    proceed();
    await thumbnail().waitFor();
    await isInView('thumbnail');
    expect(await focused()).toBe('outcome-title');
    expect(await page.getByRole('progressbar').count()).toBe(0);

    await page.evaluate('scrollTo(0, 0); document.getElementById("picture").focus()');
    await page.setInputFiles('#picture', file('drawing.svg'));
    await page.getByRole('alert').waitFor();
    await isInView('problem');
    expect(await focused()).toBe('outcome-title');
  });

  test('takes a picture that is dropped beside the box, and says so where it was none', async () => {
    const dropped = await page.evaluateHandle(`(() => {
      const transfer = new DataTransfer();
      transfer.items.add('https://example.com/cat.jpg', 'text/uri-list');
      return transfer;
    })()`);
    await page.dispatchEvent('footer', 'drop', { dataTransfer: dropped });
    expect(await page.getByRole('alert').innerText()).toContain('There is no file in what was dropped');
    const dataTransfer = await draggedPicture(page, 'glass.png', 'image/png', photograph('glass.png'));
    await page.dispatchEvent('footer', 'drop', { dataTransfer });
    expect(await naturalSize()).toEqual([320, 320]);
  });

  test('is read out as what it is', async () => {
    expect(await page.getByRole('heading', { level: 1, name: 'Thumbnails on fargate' }).count()).toBe(1);
  });

  test('keeps its bars where colours are forced', async () => {
    await page.emulateMedia({ forcedColors: 'active' });
    await page.setInputFiles('#picture', file('cat.jpg'));
    await thumbnail().waitFor();
    const colours = await page.evaluate<string[]>(
      `[getComputedStyle(document.querySelector('#answers i')), getComputedStyle(document.getElementById('outcome'))].map((style) => style.backgroundColor)`,
    );
    expect(colours[0]).not.toBe(colours[1]);
    await page.emulateMedia({ forcedColors: 'none' });
  });

  test('offers no form where it can do nothing: without JavaScript', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const still = await context.newPage();
    await still.goto(origin);
    for (const name of ['Make thumbnail', 'Draw me a picture']) {
      expect(await still.getByRole('button', { name }).isDisabled()).toBe(true);
    }
    expect(await still.locator('#picture').isDisabled()).toBe(true);
    expect(await still.locator('noscript').innerText()).toContain('The form needs JavaScript');
    expect(await still.getByText('It will appear here.').isVisible()).toBe(false);
    await context.close();
  });

  test('is dark where the system is', async () => {
    const lightness = `(() => {
      const paint = document.createElement('canvas').getContext('2d');
      paint.fillStyle = getComputedStyle(document.body).backgroundColor;
      paint.fillRect(0, 0, 1, 1);
      return paint.getImageData(0, 0, 1, 1).data[1];
    })()`;
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await page.evaluate(lightness)).toBeGreaterThan(230);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await page.evaluate(lightness)).toBeLessThan(40);
  });

  // WCAG 2.2, 1.4.3 and 1.4.11: 4.5 to 1 for text, 3 to 1 for the edges of what can be used.
  test.each(['light', 'dark'] as const)('has enough contrast, %s, in any hue', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    const weak = await page.evaluate(`(() => {
      const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
      const luminance = (name) => {
        const probe = document.createElement('i');
        document.body.append(probe);
        probe.style.setProperty('color', 'var(--' + name + ')');
        paint.fillStyle = getComputedStyle(probe).color;
        probe.remove();
        paint.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...paint.getImageData(0, 0, 1, 1).data].map((channel) => {
          const share = channel / 255;
          return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const pairs = [['ink', 'paper', 4.5], ['ink', 'card', 4.5], ['ink', 'tint', 4.5], ['quiet', 'paper', 4.5],
        ['quiet', 'card', 4.5], ['quiet', 'tint', 4.5], ['quiet', 'bad-tint', 4.5], ['on-accent', 'accent', 4.5], ['accent', 'card', 4.5],
        ['accent', 'paper', 4.5], ['bad', 'bad-tint', 4.5], ['ink', 'bad-tint', 4.5], ['edge', 'card', 3], ['edge', 'tint', 3], ['accent', 'tint', 3]];
      const weak = [];
      for (const hue of ${JSON.stringify(hues)}) {
        document.styleSheets[0].cssRules[0].style.setProperty('--hue', hue);
        for (const [one, other, least] of pairs) {
          const [dim, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
          const contrast = (bright + 0.05) / (dim + 0.05);
          if (!(contrast >= least)) weak.push([hue, one, other, contrast.toFixed(2)].join(' '));
        }
      }
      return weak;
    })()`);
    expect(weak).toEqual([]);
  });

  test('runs no script but its own', async () => {
    await page.evaluate(`(() => {
      const script = document.createElement('script'), image = document.createElement('img');
      try { script.textContent = 'window.foreign = true'; } catch {}
      try { image.setAttribute('onerror', 'window.foreign = true'); } catch {}
      document.body.append(script, image);
      return new Promise((done) => { image.addEventListener('error', done); image.src = 'data:,'; });
    })()`);
    expect(await page.evaluate('window.foreign')).toBeUndefined();
    expect(complaints).toContain('policy require-trusted-types-for');
    complaints = [];
  });
});
