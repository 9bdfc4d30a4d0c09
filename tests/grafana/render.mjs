// Renders every panel of dashboards in Chromium with Grafana's own packages, fed by a real Prometheus:
//   node render.mjs BROWSER PROMETHEUS DAEMON SINCE PICTURES DASHBOARD.json...
// PICTURES is a folder for a PNG of every panel and of each dashboard, light and dark; or empty. SINCE
// is when the fleet began. A panel that stays without data, throws, cuts its title, or has an unknown
// unit fails, and so does anything that the browser's console complains of.
import {build} from 'esbuild';
import {chromium} from 'playwright-core';
import {existsSync, mkdirSync, readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {basename, dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const [, , browserPath, prometheus, daemon, since, pictures, ...files] = process.argv;
const here = dirname(fileURLToPath(import.meta.url)), TRIES = 12, WIDTH = 1600;
let failed = 0;
function check(ok, what) {
  console.log(`grafana: ${ok ? 'ok  ' : 'FAIL'} ${what}`);
  if (!ok) ++failed;
}

await build({
  absWorkingDir: here, entryPoints: ['scene.jsx'], outfile: join(here, 'bundle.js'), bundle: true, format: 'iife', jsx: 'automatic', logLevel: 'error',
  define: {'process.env.NODE_ENV': '"development"'},
  // @grafana/ui links through a bridge to the router's version 5; nothing here needs it.
  alias: {'react-router-dom-v5-compat': 'react-router-dom'},
  loader: Object.fromEntries(['svg', 'png', 'gif', 'ttf', 'woff', 'woff2'].map(kind => [`.${kind}`, 'dataurl'])),
});

// What Grafana's server would give: the script, icons and letters.
const PAGE = `<!doctype html><html lang="en"><head><title>Panels</title><style>html, body { margin: 0; } main { padding: 12px; }</style><link rel="icon" href="data:,"><link rel="stylesheet" href="/bundle.css"></head>
<body><script>window.grafanaBootData = {settings: {}, user: {}, navTree: []};</script><script src="/bundle.js"></script></body></html>`;
const TYPES = {js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', woff2: 'font/woff2'};
function fileOf(url) {
  if (url === '/bundle.js' || url === '/bundle.css') return join(here, url);
  const [, icon] = url.match(/^\/public\/build\/(img\/[\w/-]+\.svg)$/) ?? [], [, weight] = url.match(/^\/public\/fonts\/inter\/Inter-(\w+)\.woff2$/) ?? [];
  if (icon) return join(here, 'node_modules/@grafana/ui/dist/public', icon);
  if (weight) return join(here, `node_modules/@fontsource/inter/files/inter-latin-${weight === 'Medium' ? 500 : 400}-normal.woff2`);
  return null;
}
const server = createServer((asked, answer) => {
  const file = fileOf(asked.url), kind = asked.url.split('.').at(-1);
  answer.setHeader('Content-Type', TYPES[kind] ?? 'text/html; charset=utf-8');
  if (asked.url === '/') answer.end(PAGE);
  else if (file && existsSync(file)) answer.end(readFileSync(file));
  // Some icons are only in the server.
  else if (kind === 'svg') answer.end('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"/>');
  else { answer.statusCode = 404; answer.end(); }
});
await new Promise(done => server.listen(0, '127.0.0.1', done));
const base = `http://127.0.0.1:${server.address().port}/`;
const browser = await chromium.launch({
  executablePath: browserPath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync', '--disable-background-networking', '--disable-component-update'],
});

/** An instance with as much to show as there is: prepaid, and a downgrade that waits. */
async function instanceToShow() {
  const list = (await (await fetch(`http://${daemon}/api/v1/instances?limit=1000`)).json()).instances.filter(one => one.policy);
  const prepaid = list.filter(one => one.charge === 'PREPAID');
  return (prepaid.find(one => one.scheduled_cap_mbps !== null) ?? prepaid[0] ?? list[0]).instance_id;
}
async function draw(page, board, light) {
  await page.goto(base);
  const span = `now-${Math.round(Date.now() / 1000 - since)}s`, chosen = {instance: board.uid.endsWith('instance') ? await instanceToShow() : ['$__all']};
  await page.evaluate(([what, how]) => window.show(what, how), [board, {prometheus: `http://${prometheus}`, light, from: span, to: 'now', chosen}]);
  let panels = [];
  for (let i = 0; i < 100; ++i) {
    await page.waitForTimeout(200);
    panels = await page.evaluate(() => window.look());
    if (panels.length && panels.every(one => one.done)) break;
  }
  const tall = await page.evaluate(() => Math.max(...[...document.querySelectorAll('[data-viz-panel-key]')].map(one => one.getBoundingClientRect().bottom)));
  await page.setViewportSize({width: WIDTH, height: Math.ceil(tall) + 16});
  await page.waitForTimeout(800);
  return Promise.all(panels.map(async one => ({...one, ...(await page.evaluate(onPage, one.key))})));
}
/** How the panel stands on the page; runs there. */
function onPage(key) {
  const holder = document.querySelector(`[data-viz-panel-key="${key}"]`), title = holder?.querySelector('h2, h6, [data-testid="header-container"] [title]');
  let drawn = holder?.innerText.length > 0;
  for (const canvas of holder?.querySelectorAll('.uplot canvas') ?? []) {
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let coloured = 0;  // axes and letters are grey
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 60 && Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 50) ++coloured;
    drawn = coloured > 30;
  }
  return {there: holder !== null, nothing: holder === null || holder.querySelector('[data-nothing]') !== null || /No data|Unable to|no numeric/i.test(holder.innerText),
          drawn, cut: title ? title.scrollWidth > title.clientWidth : false};
}
const wrongs = one => [
  ...(one.there ? [] : ['is not on the page']), ...(one.errors.length ? [`errs: ${one.errors.join('; ')}`] : []), ...(one.nothing || one.figures === 0 ? ['has no data'] : []),
  ...(one.drawn ? [] : ['draws nothing']), ...(one.cut ? ['cuts its title'] : []), ...one.unknown.map(id => `has the unknown unit ${id}`)];

async function holds(name, board, light) {
  const context = await browser.newContext({viewport: {width: WIDTH, height: 1200}, colorScheme: light ? 'light' : 'dark', locale: 'en-US', timezoneId: 'UTC'});
  const page = await context.newPage();
  let troubles = [], panels = [];
  page.on('console', message => { if (['error', 'warning'].includes(message.type())) troubles.push(message.text()); });
  page.on('pageerror', error => troubles.push(error.message));
  const expected = board.panels.filter(one => one.type !== 'row').length;
  for (let i = 0; i < TRIES; ++i) {  // some figures come and go, such as a downgrade that waits
    troubles = [];
    panels = await draw(page, board, light);
    for (const one of panels) one.unknown = await page.evaluate(ids => ids.filter(id => !window.isUnit(id)), one.units);
    if (panels.length === expected && panels.every(one => wrongs(one).length === 0) && troubles.length === 0) break;
    await new Promise(done => setTimeout(done, 10000));
  }
  const theme = light ? 'light' : 'dark';
  check(panels.length === expected, `${name}, ${theme}: ${panels.length} of ${expected} panels`);
  for (const one of panels) if (wrongs(one).length) check(false, `${name}, ${theme}: “${one.title}” ${wrongs(one).join(', ')}`);
  check(panels.every(one => wrongs(one).length === 0), `${name}, ${theme}: every panel draws data`);
  check(troubles.length === 0, `${name}, ${theme}: nothing in the console ${[...new Set(troubles)].slice(0, 4).join(' | ').slice(0, 1500)}`);
  if (pictures) {
    const folder = join(pictures, `${name}-${theme}`);
    mkdirSync(folder, {recursive: true});
    await page.screenshot({path: join(pictures, `${name}-${theme}.png`)});
    for (const one of panels) {
      const file = `${one.key.replace('panel-', '').padStart(2, '0')}-${one.title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.png`;
      await page.locator(`[data-viz-panel-key="${one.key}"]`).screenshot({path: join(folder, file)});
    }
  }
  await context.close();
}

/** The check is checked: a query without data, an unknown panel, an unknown unit are noticed. */
async function selfCheck(board) {
  const spoil = async (what, mistake, noticed) => {
    const copy = JSON.parse(JSON.stringify(board)), page = await browser.newPage();
    const one = copy.panels.find(each => each.type === 'timeseries'), troubles = [];
    mistake(one);
    page.on('console', message => { if (message.type() === 'error') troubles.push(message.text()); });
    page.on('pageerror', error => troubles.push(error.message));
    const panels = await draw(page, copy, false), seen = panels.find(each => each.key === `panel-${one.id}`);
    if (seen) seen.unknown = await page.evaluate(ids => ids.filter(id => !window.isUnit(id)), seen.units);
    check(noticed(seen ? wrongs(seen).join() : '', troubles), `${what} is noticed`);
    await page.close();
  };
  await spoil('a query without data', one => { one.targets.forEach(each => { each.expr = 'penstock_no_such_metric'; }); }, said => said.includes('has no data'));
  await spoil('a query that errs', one => { one.targets[0].expr = 'sum('; }, said => said.includes('errs'));
  await spoil('an unknown panel', one => { one.type = 'timeserie'; }, (said, troubles) => said !== '' || troubles.length > 0);
  await spoil('an unknown unit', one => { one.fieldConfig.defaults.unit = 'megabits'; }, said => said.includes('unknown unit'));
}

for (const file of files) {
  const board = JSON.parse(readFileSync(file, 'utf8'));
  for (const light of [true, false]) await holds(basename(file, '.json'), board, light);
}
if (!pictures) await selfCheck(JSON.parse(readFileSync(files[0], 'utf8')));
await browser.close();
server.close();
if (failed > 0) console.log(`grafana: ${failed} checks failed`);
process.exit(failed > 0 ? 1 : 0);
