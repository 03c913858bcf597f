import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { writeWhole } from '../../packaging/write-whole';
import { draggedPicture } from '../chromium';
import { style } from './page-style';

// The pictures of the sandbox's page in docs/, and what each of them shows, which is kept inside it.

/** What a picture shows of the page: what of it has to change before the picture is out of date. */
export interface Shows {
  /** Headings, buttons, and what the cards say, as far as they are in the picture. */
  readonly texts: readonly string[];
  /** The runners whose answers are in it. */
  readonly answered: readonly string[];
  /** How many runners the page has in all. */
  readonly runners: number;
  /** A hash of the style. */
  readonly style: string;
}

/** The pictures: by the width of the window in pixels, down to the end of an element of the page. */
const SHOTS = [
  { name: 'sandbox', width: 1280, until: '[data-runner="ec2"]' },
  { name: 'sandbox-narrow', width: 360, until: '#answers li:nth-child(3)' },
] as const;
const THEMES = ['light', 'dark'] as const;

/** The pictures' files, without their folder. */
export const PICTURE_FILES: readonly string[] = SHOTS.flatMap(({ name }) =>
  THEMES.map((theme) => `${name}-${theme}.webp`),
);

/** What says the same on the page whatever runs: in `Shows.texts` as far as it is in the picture. */
const FIXED_TEXTS = 'h1, h2, h3, header p:not([id]), button, dt, dd:not([data-part]), .card > p';

export const hashOfStyle = (): string => createHash('sha256').update(style).digest('hex');

/** Drops a file on the page, as a person does, and waits until every option that runs has answered. */
export async function dropPicture(page: Page, file: string): Promise<void> {
  const dataTransfer = await draggedPicture(page, path.basename(file), 'image/jpeg', readFileSync(file));
  await page.dispatchEvent('#drop', 'drop', { dataTransfer });
  await page.getByText(/^All \d+ have answered/).waitFor();
}

/**
 * Takes the pictures of a page on which all have answered.
 *
 * @param look called at each width and theme before its picture is taken
 * @returns the files
 */
export async function photographSandbox(
  page: Page,
  folder: string,
  look: (width: number, theme: string) => Promise<void> = () => Promise.resolve(),
): Promise<string[]> {
  const files: string[] = [];
  for (const { name, width, until } of SHOTS)
    for (const theme of THEMES) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme: theme });
      await look(width, theme);
      const { y = 0, height = 0 } = (await page.locator(until).boundingBox()) ?? {};
      const bottom = Math.ceil(y + height) + 12;
      const file = path.join(folder, `${name}-${theme}.webp`);
      const picture = await page.screenshot({ fullPage: true, clip: { x: 0, y: 0, width, height: bottom } });
      const withWhatItShows = sharp(picture).withXmp(JSON.stringify(await shownAbove(page, bottom)));
      writeWhole(file, await withWhatItShows.webp({ quality: 75, smartSubsample: true, effort: 6 }).toBuffer());
      files.push(file);
    }
  return files;
}

/** What is on the page above a line. */
async function shownAbove(page: Page, bottom: number): Promise<Shows> {
  const shown = await page.evaluate<Omit<Shows, 'style'>>(`(() => {
    const isAbove = (element) => {
      const box = element.getBoundingClientRect();
      return box.height > 0 && box.bottom + scrollY <= ${bottom};
    };
    const textsOf = (what) => [...document.querySelectorAll(what)].filter(isAbove).map((element) => element.textContent);
    return {
      texts: textsOf('${FIXED_TEXTS}'),
      answered: textsOf('#answers b, #made b, #facts b'),
      runners: document.querySelectorAll('[data-runner]').length,
    };
  })()`);
  return { ...shown, style: hashOfStyle() };
}

/** What a picture says that it shows. */
export async function readShows(file: string): Promise<Shows> {
  const { xmpAsString = '{}' } = await sharp(file).metadata();
  return JSON.parse(xmpAsString) as Shows;
}
