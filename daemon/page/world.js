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
/** What cannot be seen, or turns the line round, is shown by number; piled marks and length are cut. */
function plain(text, most = 120) {
  const shown = String(text ?? '').replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu,
    c => `\\u${c.codePointAt(0).toString(16).padStart(4, '0')}`).replace(/(\p{M}{3})\p{M}+/gu, '$1…');
  if (shown.length <= most) return shown;
  const letters = [...shown];
  return letters.length > most ? letters.slice(0, most - 1).join('') + '…' : shown;
}
const nameOf = one => (one.name || '').trim() ? one.name : one.instance_id;
const pathOf = one => `#/instance/${encodeURIComponent(one.account)}/${encodeURIComponent(one.instance_id)}`;
const linkTo = one => node('a', {href: pathOf(one)}, textOf(nameOf(one), 60));
/** A name within its own direction; where it is cut, pointing at it shows more. */
function textOf(text, most = 120) {
  const shown = plain(text, most), more = plain(text, 1000);
  return node('bdi', shown === more ? {} : {title: more}, shown);
}
/** A sentence of the daemon's, with its times as the page writes them. */
function sentence(text, most = 300) {
  return plain(text, most).split(/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/).map((part, i) =>
    i % 2 ? node('time', {datetime: part}, `${date(part)} UTC`) : part);
}
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
  const kind = one.scheduled_cap_mbps !== null && one.decision.reason === 'downgrade-pending' ? 'down' : held(one) ? 'warn' : '';
  return node('span', {class: `badge ${kind}`}, reasonName(one.decision.reason));
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
