// Pictures of the status page as WebP: node screenshots.mjs BROWSER URL DIR page|calendar
// or of a PNG, cut to a size: ... DIR convert FILE.png NAME WIDTHxHEIGHT
import {chromium} from 'playwright-core';
import {readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const [, , browserPath, base, folder, what, ...more] = process.argv;
const browser = await chromium.launch({
  executablePath: browserPath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync', '--disable-background-networking', '--disable-component-update'],
});

/** Chromium itself encodes: no other tool is needed. */
async function keep(name, png, width, height) {
  const page = await browser.newPage();
  const text = await page.evaluate(async ([data, w, h]) => {
    const image = await createImageBitmap(await (await fetch(data)).blob());
    const canvas = new OffscreenCanvas(Math.min(w ?? image.width, image.width), Math.min(h ?? image.height, image.height));
    canvas.getContext('2d').drawImage(image, 0, 0);
    const bytes = new Uint8Array(await (await canvas.convertToBlob({type: 'image/webp', quality: 0.82})).arrayBuffer());
    return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''));
  }, [`data:image/png;base64,${png.toString('base64')}`, width, height]);
  const file = join(folder, `${name}.webp`);
  writeFileSync(file, Buffer.from(text, 'base64'));
  console.log(`${file} ${Math.round(statSync(file).size / 1024)} KB`);
  await page.close();
}
async function shoot(name, path, options = {}, act = async () => {}) {
  const context = await browser.newContext({viewport: {width: 1280, height: 800}, locale: 'en-US', colorScheme: 'light', ...options});
  const page = await context.newPage();
  await page.goto(`${base}/#/${path}`);
  await page.waitForSelector(path.startsWith('instance/') ? '.facts' : '#main section', {timeout: 20000});
  await act(page);
  await page.waitForTimeout(1500);
  await keep(name, await page.screenshot());
  await context.close();
}

if (what === 'convert') {
  const [file, name, size] = more, [width, height] = size.split('x').map(Number);
  await keep(name, readFileSync(file), width, height);
} else if (what === 'calendar') {
  await shoot('calendar', 'calendar', {viewport: {width: 1280, height: 900}});
} else {
  const list = (await (await fetch(`${base}/api/v1/instances?limit=1000`)).json()).instances;
  // The quiet instance that a new tenant has found.
  const surged = list.find(one => one.name === 'edge-sin-01');
  await shoot('fleet', 'fleet', {}, page => page.click('th[data-name=cap] button'));
  await shoot('instance', `instance/${surged.account}/${surged.instance_id}`, {colorScheme: 'dark', viewport: {width: 1280, height: 960}});
  await shoot('phone', 'fleet', {locale: 'zh-CN', viewport: {width: 390, height: 844}, deviceScaleFactor: 2});
}
await browser.close();
