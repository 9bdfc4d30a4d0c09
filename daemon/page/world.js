'use strict';
// What the daemon said last, the state of the view, and how names, figures and money are shown.
// Needs words.js before it.
const PAGE = 100;           // rows of the fleet's table at a time
const QUICK = 1000;         // up to here the fleet is read at every turn
const world = {status: null, plan: null, instances: [], at: '', error: '', locked: false};
const view = {name: '', parts: [], filter: '', chip: 'all', sort: 'instance', down: false, page: 0, token: 0};

const locale = () => language === 'zh' ? 'zh-CN' : 'en';
const whole = value => value === null || value === undefined ? '–' : value.toLocaleString(locale());
const mbps = value => value === null || value === undefined ? '–' : whole(value);
const withUnit = value => value === null || value === undefined ? '–' : `${whole(value)} Mbps`;
const amount = (value, currency = 'USD') => value === null || value === undefined ? '–' :
  `${Number(value).toLocaleString(locale(), {minimumFractionDigits: 2, maximumFractionDigits: 2})} ${currency}`;
const date = text => text ? text.slice(0, 16).replace('T', ' ') : '–';
const clock = text => text ? text.slice(0, 19).replace('T', ' ') : '–';
const seconds = text => Date.parse(text) / 1000;
/** Control characters and marks that turn the line round are shown by number, cut at a length. */
function plain(text, most = 120) {
  const shown = String(text ?? '').replace(
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu,
    c => `\\u${c.codePointAt(0).toString(16).padStart(4, '0')}`);
  return shown.length > most ? shown.slice(0, most - 1) + '…' : shown;
}
const nameOf = one => one.name?.trim() ? one.name : one.instance_id;
const pathOf = one => `#/instance/${encodeURIComponent(one.account)}/${encodeURIComponent(one.instance_id)}`;
const linkTo = one => node('a', {href: pathOf(one)}, node('bdi', {}, plain(nameOf(one), 60)));
const textOf = one => node('bdi', {}, plain(one));
function age(from, to) {
  const s = Math.max(0, Math.round(to - from));
  return s < 120 ? `${s} s` : s < 7200 ? `${Math.round(s / 60)} min` : s < 172800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86400)} d`;
}
const held = one => one.policy && !one.unlimited && one.decision.reason !== 'at-target' && one.decision.target_mbps !== null &&
  one.decision.action === 'hold' && one.decision.target_mbps !== one.cap_mbps;
const CHIPS = {
  all: () => true,
  is_saturated: one => one.saturated,
  is_changing: one => ['running', 'unsettled'].includes(one.change.state),
  is_pending: one => one.scheduled_cap_mbps !== null,
  is_held: held,
  is_paused: one => one.paused,
};
const ACTION = {upgrade: 'up', downgrade: 'down', 'schedule-downgrade': 'down', 'cancel-downgrade': 'warn', 'replace-downgrade': 'down'};
function badge(one) {
  const action = one.decision.action;
  if (action !== 'hold') return node('span', {class: `badge ${ACTION[action] || ''}`}, say(action));
  return node('span', {class: 'badge'}, reasonName(one.decision.reason));
}
function meter(value, of, kind = '') {
  const share = of > 0 && value !== null ? Math.min(1, value / of) : 0;
  const bar = node('i');
  bar.style.width = `${(100 * share).toFixed(1)}%`;
  return node('span', {class: `meter ${kind}`, 'aria-hidden': 'true'}, bar);
}

// --- reading /api/v1 --------------------------------------------------------------------------------
/** The token that reading may need; kept for this tab alone, and never in an address. */
let bearer = sessionStorage.getItem('token') || '';
async function read(path) {
  const headers = bearer ? {Accept: 'application/json', Authorization: `Bearer ${bearer}`} : {Accept: 'application/json'};
  const answer = await fetch(path, {headers});
  world.locked = answer.status === 401 || answer.status === 403;
  if (answer.status === 202) return null;
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error || `${path}: ${answer.status}`);
  return body;
}
async function readAll(path, list, each) {
  let cursor = '';
  do {
    const page = await read(`${path}?limit=1000${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    each(page[list], cursor === '');
    cursor = page.next || '';
  } while (cursor);
}
function prepare(one) {
  one.words = [one.name, one.instance_id, one.zone, one.policy, one.product, one.type, one.account, one.decision.reason,
               reasonName(one.decision.reason), ...Object.entries(one.tags).map(pair => pair.join('='))].join('\n').toLowerCase();
  return one;
}
async function refreshFleet() {
  const fresh = [];
  await readAll('/api/v1/instances', 'instances', (rows, first) => {
    for (const row of rows) fresh.push(prepare(row));
    // The first page is there at once; the rest follows.
    if (first && world.instances.length === 0) { world.instances = fresh.slice(); draw(); }
  });
  world.instances = fresh;
}
let turns = 0;
async function refresh() {
  const before = world.error;
  try {
    world.status = await read('/api/v1/status');
    const large = world.instances.length > QUICK;
    if (!large || turns % 6 === 0) await refreshFleet();
    if (view.name === 'next') world.plan = await read('/api/v1/plan');
    world.error = '';
    ++turns;
  } catch (error) {
    world.error = error.message;
  }
  drawFrame();
  if (world.error === '' || before === '') draw();
}
