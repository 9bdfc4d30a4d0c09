// Drives the status page in Chromium: node check.mjs BROWSER URL INSTANCES checks|hostile|pictures [DIR]
// "checks" measures and walks through it; "hostile" wants a fleet whose names could do harm; "pictures"
// puts one of every view into DIR. Each check prints a line, and any that fails makes the exit code 1.
import {chromium} from 'playwright-core';
import {readFileSync} from 'node:fs';

const [, , browserPath, base, instances, what, pictures] = process.argv;
const VIEWS = ['fleet', 'next', 'orders', 'held', 'money', 'calendar'];
const browser = await chromium.launch({
  executablePath: browserPath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
         '--disable-background-networking', '--disable-component-update'],
});
let failed = 0;
function check(ok, what) {
  console.log(`page: ${ok ? 'ok  ' : 'FAIL'} ${what}`);
  if (!ok) ++failed;
}
/** A page that tells of its console, its errors and every address that it asks for. */
async function open(options = {}) {
  const context = await browser.newContext({viewport: {width: 1360, height: 860}, locale: 'en-US', ...options});
  const page = await context.newPage();
  page.troubles = [];
  page.on('console', message => { if (['error', 'warning'].includes(message.type())) page.troubles.push(message.text()); });
  page.on('pageerror', error => page.troubles.push(error.message));
  page.on('request', request => { if (!request.url().startsWith(base) && !request.url().startsWith('data:')) page.troubles.push(`asked for ${request.url()}`); });
  return page;
}
const rows = page => page.waitForSelector('#fleet tbody tr');
async function firstInstance() {
  const list = await (await fetch(`${base}/api/v1/instances?limit=1000`)).json();
  const one = list.instances.find(each => each.scheduled_cap_mbps !== null) || list.instances.find(each => each.charge === 'PREPAID') || list.instances[0];
  return `instance/${one.account}/${one.instance_id}`;
}

async function speed() {
  const page = await open();
  await page.addInitScript(() => {
    const seen = new MutationObserver(() => {
      if (document.querySelector('#fleet tbody tr')) { window.firstRow = performance.now(); seen.disconnect(); }
    });
    seen.observe(document, {childList: true, subtree: true});
  });
  await page.goto(`${base}/`);
  await rows(page);
  const first = await page.evaluate(() => window.firstRow);
  check(first < 1500, `the table is there after ${first.toFixed(0)} ms (asked: 1500)`);
  await page.waitForFunction(all => document.querySelector('#fleet .count').textContent.includes(Number(all).toLocaleString('en')), instances);
  let worst = 0;
  for (const text of ['e', 'ed', 'edge', 'edge sin', 'prod', 'saturated', 'zzz', '']) {
    const took = await page.evaluate(words => {
      const input = document.querySelector('#fleet input'), begin = performance.now();
      input.value = words;
      input.dispatchEvent(new Event('input', {bubbles: true}));
      document.body.getBoundingClientRect();  // laid out as well
      return performance.now() - begin;
    }, text);
    worst = Math.max(worst, took);
  }
  check(worst < 100, `filtering ${instances} instances takes ${worst.toFixed(1)} ms at most (asked: 100)`);
  const sorted = await page.evaluate(() => {
    const begin = performance.now();
    document.querySelector('th[data-name=egress] button').click();
    document.body.getBoundingClientRect();
    return performance.now() - begin;
  });
  check(sorted < 200, `sorting takes ${sorted.toFixed(1)} ms`);
  check(page.troubles.length === 0, `no error, no warning, no request elsewhere ${page.troubles.slice(0, 3).join(' | ')}`);
  await page.context().close();
}

async function barriers() {
  const axe = readFileSync(new URL('./node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
  const some = await firstInstance();
  for (const [name, options] of [['light', {colorScheme: 'light'}], ['dark', {colorScheme: 'dark'}], ['phone', {viewport: {width: 390, height: 844}}], ['Chinese', {locale: 'zh-CN'}]]) {
    const page = await open(options);
    for (const view of [...VIEWS, some]) {
      await page.goto(`${base}/#/${view}`);
      await page.waitForSelector('#main section');
      await page.waitForTimeout(300);
      await page.evaluate(axe);
      const found = await page.evaluate(() => axe.run(document, {resultTypes: ['violations']}));
      const words = found.violations.map(one => `${one.id} (${one.nodes.length}: ${one.nodes[0].target})`).join('; ');
      check(found.violations.length === 0, `axe-core, ${name}, ${view.split('/')[0]} ${words}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      check(wide <= 0, `nothing beyond the right edge, ${name}, ${view.split('/')[0]}${wide > 0 ? `: ${wide} px` : ''}`);
    }
    check(page.troubles.length === 0, `no error, ${name} ${page.troubles.slice(0, 3).join(' | ')}`);
    await page.context().close();
  }
}

/** Presses Tab until the focused element answers to the test, as somebody without a mouse would. */
async function tabTo(page, test, most = 80) {
  for (let i = 0; i < most; ++i) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(test)) return true;
  }
  return false;
}
async function keyboard() {
  const page = await open();
  await page.goto(`${base}/`);
  await rows(page);
  await page.keyboard.press('Tab');
  check(await page.evaluate(() => document.activeElement.classList.contains('skip-link')), 'the first Tab offers to skip to the content');
  check(await tabTo(page, () => document.activeElement.textContent.startsWith('Orders')), 'Tab reaches the sections');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#main h2')?.textContent === 'Open orders');
  check(true, 'Enter opens a section');
  await page.goto(`${base}/#/fleet`);
  await rows(page);
  check(await tabTo(page, () => document.activeElement.matches('#fleet input')), 'Tab reaches the filter');
  await page.keyboard.type('edge');
  await page.waitForTimeout(6000);  // a refresh falls into it: neither focus nor words may go
  check(await page.evaluate(() => document.activeElement.matches('#fleet input') && document.activeElement.value === 'edge'), 'a refresh leaves focus and words in the filter');
  check(await tabTo(page, () => document.activeElement.closest('.chips') && document.activeElement.textContent === 'held back'), 'Tab reaches the chips');
  await page.keyboard.press('Space');
  check(await page.evaluate(() => document.activeElement.getAttribute('aria-pressed') === 'true'), 'Space presses a chip and keeps the focus');
  await page.evaluate(() => document.querySelector('.chips button').click());
  check(await tabTo(page, () => document.activeElement.closest('th')?.dataset.name === 'cap'), 'Tab reaches the column heads');
  await page.keyboard.press('Enter');
  check(await page.evaluate(() => document.activeElement.closest('th')?.getAttribute('aria-sort') === 'descending'), 'Enter sorts and keeps the focus');
  check(await tabTo(page, () => document.activeElement.closest('tbody') && document.activeElement.tagName === 'A'), 'Tab reaches the instances');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.facts', {timeout: 15000});
  check(await page.evaluate(() => document.activeElement.id === 'main'), 'Enter opens an instance, with the focus on it');
  await page.goBack();
  await rows(page);
  check(true, 'back leads to the fleet');
  await page.context().close();
}

/** What of a page would show that a name had done harm; runs there. */
function harm() {
  const texts = [...document.querySelectorAll('#main bdi')], unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u, found = [];
  const injected = document.querySelectorAll('#main img, #main script, #main iframe, #main style, #main [onload], #main [onerror]').length;
  if (injected) found.push(`${injected} elements made of names`);
  if (/owned/.test(document.title) && document.title.startsWith('owned')) found.push('a script of a name ran');
  for (const one of texts) {
    if (unseen.test(one.textContent) || unseen.test(one.title) || unseen.test(document.title)) found.push(`a sign that is not seen: ${JSON.stringify(one.textContent).slice(0, 60)}`);
    if (getComputedStyle(one).unicodeBidi !== 'isolate') found.push('a name without its own direction');
    if (/\p{M}{5}/u.test(one.textContent)) found.push('piled marks');
  }
  for (const link of document.querySelectorAll('#main a[href^="#/instance/"]')) {
    if (!link.querySelector('bdi')?.textContent.trim()) found.push('a link that cannot be seen');
  }
  for (const row of document.querySelectorAll('#fleet tbody tr')) if (innerWidth > 900 && row.getBoundingClientRect().height > 80) found.push('a row that a name has grown');
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) found.push(`${wide} px beyond the right edge`);
  return [...new Set(found)];
}
async function hostile() {
  const list = (await (await fetch(`${base}/api/v1/instances?limit=1000`)).json()).instances;
  const kinds = [...new Map(list.map(one => [one.name, one])).values()], longest = kinds.reduce((a, b) => (b.name ?? '').length > (a.name ?? '').length ? b : a);
  check(kinds.length > 20 && longest.name.length > 200, `${kinds.length} different names, up to ${longest.name.length} characters`);
  for (const [name, options] of [['wide', {}], ['phone', {viewport: {width: 390, height: 844}}]]) {
    const page = await open(options);
    // The daemon keeps the beginning of a name; the page has to stand more.
    const inJson = JSON.stringify(longest.name).slice(1, -1), longer = 'long-'.repeat(820);
    if (name === 'phone') {
      await page.route('**/api/v1/**', async route => {
        const answer = await route.fetch();
        await route.fulfill({response: answer, body: (await answer.text()).replaceAll(inJson, longer)});
      });
    }
    page.on('dialog', dialog => { page.troubles.push('a dialog'); dialog.dismiss(); });
    const views = [...VIEWS, ...(name === 'wide' ? kinds : [longest]).map(one => `instance/${one.account}/${one.instance_id}`)];
    for (const view of views) {
      await page.goto(`${base}/#/${view}`);
      await page.waitForSelector(view.startsWith('instance/') ? '.facts' : '#main section', {timeout: 20000});
      await page.waitForTimeout(view.startsWith('instance/') ? 100 : 600);
      const found = await page.evaluate(harm);
      check(found.length === 0, `hostile names, ${name}, ${view.split('/')[0]} ${found.join('; ')}`);
    }
    check(page.troubles.length === 0, `hostile names, ${name}: no error, no dialog, no request elsewhere ${page.troubles.slice(0, 3).join(' | ')}`);
    const whole = await page.evaluate(() => { document.querySelector('details')?.setAttribute('open', ''); return document.querySelector('details bdi')?.textContent.length ?? 0; });
    if (name === 'phone') {
      check(whole === longer.length, `the whole name of ${longer.length} characters is on its page: ${whole}`);
      check((await page.evaluate(harm)).length === 0, 'and it fits the page when it is opened');
    } else {
      await page.goto(`${base}/#/fleet`);
      await rows(page);
      const cut = await page.evaluate(() => Math.max(...[...document.querySelectorAll('#fleet a bdi')].map(one => one.textContent.length)));
      check(cut <= 60, `names are cut to ${cut} characters in the table`);
      await page.fill('#fleet input', '<script>');
      await page.waitForTimeout(200);
      check(await page.evaluate(() => document.querySelectorAll('#fleet tbody tr').length) > 0, 'markup is found as text by the filter');
      const noticed = await page.evaluate(() => {
        const one = document.createElement('bdi');
        one.textContent = 'a\u202eb';
        document.querySelector('#main').append(one, document.createElement('img'));
      }).then(() => page.evaluate(harm));
      check(noticed.length === 2, `harm is noticed where there is some: ${noticed.join('; ')}`);
    }
    await page.context().close();
  }
}

async function takePictures() {
  const some = await firstInstance();
  for (const [name, options] of [['light', {colorScheme: 'light'}], ['dark', {colorScheme: 'dark'}], ['phone', {viewport: {width: 390, height: 844}}], ['zh', {locale: 'zh-CN'}]]) {
    const page = await open(options);
    for (const view of [...VIEWS, some]) {
      await page.goto(`${base}/#/${view}`);
      await page.waitForSelector('#main section');
      await page.waitForTimeout(1200);
      const file = `${pictures}/${view.split('/')[0]}-${name}.png`;
      await page.screenshot({path: file});
      console.log(file);
    }
    await page.context().close();
  }
}

if (what === 'pictures') {
  await takePictures();
} else if (what === 'hostile') {
  await hostile();
} else {
  await speed();
  await barriers();
  await keyboard();
}
await browser.close();
if (failed > 0) console.log(`page: ${failed} checks failed`);
process.exit(failed > 0 ? 1 : 0);
