// The daemon's page: reads /api/v1 every few seconds and draws the view that the address names.
// Needs chart.js and words.js before it. Names come from outside: only ever set as text.
'use strict';
const PAGE = 100;           // rows of the fleet's table at a time
const QUICK = 1000;         // up to here the fleet is read at every turn
const world = {status: null, plan: null, instances: [], at: '', error: ''};
const view = {name: '', parts: [], filter: '', chip: 'all', sort: 'instance', down: false, page: 0, token: 0};

// --- words and figures ----------------------------------------------------------------------------
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
  const shown = String(text ?? '').replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return shown.length > most ? shown.slice(0, most - 1) + '…' : shown;
}
const nameOf = one => one.name || one.instance_id;
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

// --- reading ----------------------------------------------------------------------------------------
async function read(path) {
  const answer = await fetch(path, {headers: {Accept: 'application/json'}});
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

// --- the frame ---------------------------------------------------------------------------------------
const VIEWS = ['fleet', 'next', 'orders', 'held', 'money', 'calendar'];
const counts = () => ({
  orders: world.status?.open_orders || '', held: world.instances.filter(held).length || '',
  calendar: world.instances.filter(CHIPS.is_pending).length || '',
});
function drawFrame() {
  const s = world.status, count = counts();
  document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en';
  document.querySelector('.skip-link').textContent = say('skip');
  $('nav').setAttribute('aria-label', say('sections'));
  const links = VIEWS.map(name => {
    const link = node('a', {href: `#/${name}`}, say(name));
    if (count[name]) link.append(node('span', {}, whole(count[name])));
    if (view.name === name) link.setAttribute('aria-current', 'page');
    return link;
  });
  patch($('nav'), links);
  $('language').textContent = say('language');
  $('language').lang = language === 'zh' ? 'en' : 'zh-Hans';
  $('theme').textContent = say(`theme_${document.documentElement.dataset.theme || 'auto'}`);
  const mark = $('state');
  let kind = '', text = say('ready');
  if (world.error) [kind, text] = ['bad', say('unreachable')];
  else if (!s) [kind, text] = ['wait', say('loading')];
  else if (!s.ready) [kind, text] = ['wait', say('starting')];
  else if (seconds(s.now) - seconds(s.at) > 300) [kind, text] = ['bad', say('stale', {age: age(seconds(s.at), seconds(s.now))})];
  else if (s.paused) [kind, text] = ['wait', say('paused')];
  mark.className = `state ${kind}`;
  if (mark.textContent !== text) mark.textContent = text;
  patch($('notices'), notices().map(([bad, words]) => node('p', {class: `notice ${bad ? 'bad' : ''}`}, plain(words, 400))));
  patch($('foot'), s ? [`${say('version', {version: s.version})} · ${say('last_tick', {tick: whole(s.tick), at: clock(s.at)})} · `,
                        node('a', {href: '/api/v1/status'}, say('as_json'))] : []);
}
function notices() {
  const s = world.status, all = [];
  if (world.error) all.push([true, world.error]);
  if (!s) return all;
  if (s.paused) all.push([false, say('notice_paused', {why: s.pause_reason || ''})]);
  if (s.journal_error) all.push([true, say('notice_journal', {why: s.journal_error})]);
  for (const one of s.accounts) {
    for (const why of [one.error, one.alarm]) if (why) all.push([true, say('notice_account', {name: one.name, why})]);
    if (one.breaker_open) all.push([true, say('notice_breaker', {name: one.name})]);
    if (one.doubt) all.push([true, say('notice_doubt', {name: one.name})]);
  }
  for (const one of s.sources) if (one.error) all.push([false, say('notice_source', {name: one.name, why: one.error})]);
  return all;
}
/** Replaces children only when something changed, so that focus and selection stay. */
function patch(holder, children) {
  const fresh = node('div', {}, ...children);
  if (fresh.innerHTML === holder.dataset.drawn) return;
  holder.dataset.drawn = fresh.innerHTML;
  holder.replaceChildren(...fresh.childNodes);
}
function table(head, rows, attributes = {}) {
  const line = head.map(([text, kind]) => node('th', {scope: 'col', class: kind || ''}, text));
  return node('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': attributes.label || ''},
    node('table', {class: 'cards'}, node('thead', {}, node('tr', {}, ...line)), node('tbody', {}, ...rows)));
}
function cell(text, kind = '', head = '') {
  const one = node('td', {class: kind});
  if (head) one.dataset.head = head;
  one.append(...(Array.isArray(text) ? text : [text]));
  return one;
}
const sectionOf = (title, ...children) => node('section', {}, node('h2', {}, title), ...children);

// --- the fleet --------------------------------------------------------------------------------------
const COLUMNS = {
  instance: one => nameOf(one).toLowerCase(), product: one => one.product, zone: one => one.zone,
  policy: one => one.policy || '', egress: one => one.egress_mbps ?? -1, cap: one => one.cap_mbps ?? -1,
  target: one => one.decision.target_mbps ?? -1, decision: one => one.decision.reason || '',
  term_end: one => one.cycle_end || '9999',
};
function chosen() {
  const wanted = view.filter.toLowerCase().split(/\s+/).filter(Boolean), fits = CHIPS[view.chip], value = COLUMNS[view.sort];
  const list = world.instances.filter(one => fits(one) && wanted.every(word => one.words.includes(word)));
  const keyed = list.map(one => [value(one), one]);
  keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (view.down ? -1 : 1));
  return keyed.map(([, one]) => one);
}
function tiles() {
  const s = world.status, of = world.instances.filter(one => one.policy);
  const capacity = of.reduce((sum, one) => sum + (one.cap_mbps || 0), 0), egress = of.reduce((sum, one) => sum + (one.egress_mbps || 0), 0);
  const month = s?.budgets.find(one => one.policy === null && one.period === 'month');
  const tile = (value, text, ...more) => node('div', {class: 'tile'}, node('b', {}, value), node('span', {}, text), ...more);
  return node('section', {class: 'tiles', 'aria-label': say('fleet')},
    tile(whole(s?.instances ?? world.instances.length), `${say('instances')}, ${say('with_policy', {n: whole(s?.instances_with_policy ?? 0)})}`),
    tile(withUnit(egress), say('delivered_of', {cap: withUnit(capacity)})),
    tile(whole(world.instances.filter(CHIPS.is_saturated).length), say('saturated')),
    tile(whole(s?.open_orders ?? 0), `${say('open_orders')}, ${say('orders_today', {n: whole(s?.orders_today ?? 0), limit: whole(s?.orders_per_day ?? 0)})}`),
    tile(month ? amount(month.spent, month.currency) : '–', `${say('month_spent')}${month?.limit ? `, ${say('of_limit', {limit: amount(month.limit, month.currency)})}` : ''}`));
}
function fleetRow(one) {
  const full = one.saturated ? 'full' : one.cap_mbps > 0 && one.egress_mbps > .9 * one.cap_mbps ? 'near' : '';
  const small = node('small', {}, textOf(one.name ? one.instance_id : one.account));
  const waiting = one.scheduled_cap_mbps !== null ? [node('small', {}, `${say('scheduled')}: ${withUnit(one.scheduled_cap_mbps)}`)] : [];
  return node('tr', {},
    cell([linkTo(one), small]), cell(one.product, 'text'), cell(textOf(one.zone), 'text'),
    cell([one.policy ? textOf(one.policy) : '–', ...(one.mode === 'observe' ? [node('small', {}, say('observe'))] : [])], 'text'),
    cell([mbps(one.egress_mbps), meter(one.egress_mbps, one.cap_mbps, full)], '', say('egress')),
    cell([one.unlimited ? say('unlimited') : mbps(one.cap_mbps), ...waiting], '', say('cap')),
    cell(one.unlimited ? '–' : mbps(one.decision.target_mbps), '', say('target')),
    cell([badge(one)], 'text'), cell(date(one.cycle_end), '', say('term_end')));
}
function drawRows(holder) {
  const list = chosen(), pages = Math.max(1, Math.ceil(list.length / PAGE));
  view.page = Math.min(view.page, pages - 1);
  const from = view.page * PAGE, shown = list.slice(from, from + PAGE);
  holder.querySelector('.count').textContent = say('shown', {n: whole(list.length), all: whole(world.instances.length)});
  holder.querySelector('tbody').replaceChildren(...shown.map(fleetRow));
  const turn = by => () => { view.page += by; drawRows(holder); holder.scrollIntoView(); };
  const button = (text, by, possible) => node('button', {type: 'button', onclick: turn(by), ...(possible ? {} : {disabled: ''})}, text);
  holder.querySelector('.pages').replaceChildren(...(pages === 1 ? [] : [
    say('page', {from: whole(from + 1), to: whole(from + shown.length), n: whole(list.length)}),
    button(say('before'), -1, view.page > 0), button(say('after'), 1, view.page < pages - 1)]));
}
function sortHead(holder) {
  return Object.keys(COLUMNS).map(name => {
    const numeric = ['egress', 'cap', 'target', 'term_end'].includes(name);
    const th = node('th', {scope: 'col', class: numeric ? '' : 'text'}, node('button', {
      type: 'button', title: say('sorted', {column: say(name)}),
      onclick: () => {
        view.down = view.sort === name ? !view.down : ['egress', 'cap', 'target'].includes(name);
        Object.assign(view, {sort: name, page: 0});
        holder.querySelector('thead tr').replaceChildren(...sortHead(holder));
        holder.querySelector(`thead th[data-name=${name}] button`).focus();
        drawRows(holder);
      }}, say(name)));
    th.dataset.name = name;
    if (view.sort === name) th.setAttribute('aria-sort', view.down ? 'descending' : 'ascending');
    return th;
  });
}
function fleet(main) {
  const old = main.querySelector('#fleet');
  if (old && old.lang === document.documentElement.lang) {
    main.querySelector('.tiles').replaceWith(tiles());
    if (!old.contains(document.activeElement) || document.activeElement.tagName === 'INPUT') drawRows(old);
    return;
  }
  const holder = node('section', {id: 'fleet', lang: document.documentElement.lang});
  const input = node('input', {type: 'search', 'aria-label': say('filter'), placeholder: say('filter'), value: view.filter, autocomplete: 'off',
    oninput: event => { view.filter = event.target.value; view.page = 0; drawRows(holder); }});
  const chips = node('div', {class: 'chips', role: 'group'});
  const drawChips = () => chips.replaceChildren(...Object.keys(CHIPS).map(name => node('button', {
    type: 'button', 'aria-pressed': String(view.chip === name),
    onclick: () => { view.chip = name; view.page = 0; drawChips(); drawRows(holder); chips.querySelector('[aria-pressed=true]').focus(); },
  }, say(name))));
  drawChips();
  holder.append(node('div', {class: 'bar-line'}, input, chips, node('span', {class: 'count', role: 'status'})),
    node('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': say('fleet')},
      node('table', {class: 'cards'}, node('thead', {}, node('tr')), node('tbody'))),
    node('div', {class: 'pages'}));
  holder.querySelector('thead tr').append(...sortHead(holder));
  drawRows(holder);
  main.replaceChildren(tiles(), holder);
}

// --- one instance -----------------------------------------------------------------------------------
async function instance(main, account, id) {
  const query = `instance_id=${encodeURIComponent(id)}&account=${encodeURIComponent(account)}`;
  const mine = ++view.token;
  const [past, orders] = await Promise.all([read(`/api/v1/decisions?${query}&limit=50`), read(`/api/v1/orders?${query}&limit=50`)]);
  let told = null;
  for (let tries = 0; tries < 12 && told === null; ++tries) {
    told = await read(`/api/v1/explain?${query}`);
    if (mine !== view.token) return;
    if (told === null) {
      if (!main.querySelector('.facts')) main.replaceChildren(node('p', {class: 'note'}, say('explain_wait')));
      await new Promise(done => setTimeout(done, 700));
    }
  }
  if (mine !== view.token || told === null) return;
  const one = told.instance;
  document.title = `${plain(nameOf(one), 60)} – Penstock`;
  const chart = node('div', {class: 'chart'});
  main.replaceChildren(
    node('p', {class: 'crumb'}, node('a', {href: '#/fleet'}, say('fleet'))),
    node('section', {}, node('h2', {class: 'name'}, textOf(nameOf(one))), node('p', {class: 'note'}, textOf(one.instance_id)), facts(one)),
    sectionOf(say('why_now'), node('p', {}, badge(one), ' ', plain(one.decision.why || '', 400)),
      ...(one.decision.target_why && one.decision.target_why !== one.decision.why ? [node('p', {class: 'note'}, plain(one.decision.target_why, 400))] : []),
      ...(one.decision.not_before ? [node('p', {class: 'note'}, `${say('not_before')}: ${clock(one.decision.not_before)} UTC`)] : [])),
    sectionOf(say('last_samples'), legend(one), chart, node('p', {class: 'note'}, say('chart_note'))),
    sectionOf(say('rules'), said(told.rules, ruleLine)), sectionOf(say('guards'), said(told.guards, guardLine)),
    sectionOf(say('past_orders'), orders.orders.length ? orderTable(orders.orders, say('past_orders')) : say('no_orders')),
    sectionOf(say('past_decisions'), past.decisions.length ? decisionTable(past.decisions) : say('no_decisions')));
  traffic(chart, told, past.decisions, orders.orders);
}
function facts(one) {
  const list = [
    ['egress', withUnit(one.egress_mbps)], ['demand', withUnit(one.demand_mbps)], ['cap', one.unlimited ? say('unlimited') : withUnit(one.cap_mbps)],
    ['target', withUnit(one.decision.target_mbps)], ['scheduled', one.scheduled_cap_mbps === null ? '' : withUnit(one.scheduled_cap_mbps)],
    ['limit', withUnit(one.limit_mbps)], ['included', one.included_mbps ? withUnit(one.included_mbps) : ''], ['term_end', one.cycle_end ? `${date(one.cycle_end)} UTC` : ''],
    ['month_price', one.month_price === null ? '' : amount(one.month_price)], ['policy', one.policy ? `${plain(one.policy)}${one.mode === 'observe' ? `, ${say('observe')}` : ''}` : ''],
    ['status', one.status], ['product', `${one.product}, ${one.type}`], ['zone', one.zone], ['charge', `${one.charge}, ${one.internet_charge}`],
    ['account', one.account], ['resource_group', one.resource_group || ''], ['tags', Object.entries(one.tags).map(pair => pair.join('=')).join(', ')],
  ];
  return node('dl', {class: 'facts'}, ...list.filter(([, value]) => value && value !== '–').map(([name, value]) =>
    node('div', {}, node('dt', {}, say(name)), node('dd', {}, node('bdi', {}, plain(value, 200))))));
}
const said = (list, line) => list.length ? node('ul', {class: 'plain'}, ...list.map(line)) : node('p', {class: 'note'}, say('none'));
const ruleLine = one => node('li', {}, node('b', {}, one.kind), ' ',
  one.wants_mbps === null ? say('silent') : say('wants', {cap: withUnit(one.wants_mbps)}), one.why ? node('small', {class: 'note'}, ` – ${plain(one.why, 400)}`) : '');
const guardLine = one => node('li', {}, node('span', {class: `badge ${one.held ? 'warn' : ''}`}, say(one.held ? 'holds' : 'passes')), ' ',
  reasonName(one.reason), one.why ? node('small', {class: 'note'}, ` – ${plain(one.why, 400)}`) : '');
function legend(one) {
  const key = (variable, rule, dash, text) => {
    const mark = node('i', {class: rule ? 'rule' : ''});
    mark.style[rule ? 'borderColor' : 'background'] = `var(--${variable})`;
    if (dash) mark.style.borderTopStyle = dash;
    return node('span', {}, mark, text);
  };
  return node('div', {class: 'legend'}, key('delivered', false, '', say('delivered')), key('throttled', false, '', say('capped')), key('cap', true, '', say('cap')),
    key('up', true, 'dotted', say('decided_target')), ...(one.scheduled_cap_mbps === null ? [] : [key('best', true, 'dashed', say('scheduled'))]));
}
function traffic(holder, told, decisions, orders) {
  const samples = told.samples.map(s => ({from: seconds(s.at) - s.span_seconds, to: seconds(s.at), egress: s.egress_mbps, cap: s.cap_mbps, full: s.evidence === 'saturated'}))
    .sort((a, b) => a.to - b.to);
  if (samples.length === 0) { holder.replaceChildren(node('p', {class: 'note'}, say('no_samples'))); return; }
  const one = told.instance, begin = samples[0].from, end = Math.max(seconds(told.at), samples.at(-1).to);
  const steps = decisions.map(d => [seconds(d.at), d.target_mbps]).filter(([, v]) => v !== null).sort((a, b) => a[0] - b[0]);
  const top = Math.max(...samples.flatMap(s => [s.egress, s.cap]), one.decision.target_mbps || 0, one.scheduled_cap_mbps || 0) * 1.08 || 1;
  const chart = frame(holder, 280, begin, end, top, 'Mbps'), base = chart.y(0).toFixed(1);
  let under = '', over = '', cap = '', last = null;
  for (const s of samples) {
    const box = `M${chart.x(s.from).toFixed(1)} ${base}V${chart.y(s.egress).toFixed(1)}H${chart.x(s.to).toFixed(1)}V${base}Z`;
    if (s.full) over += box; else under += box;
    cap += (last === null ? `M${chart.x(s.from).toFixed(1)} ${chart.y(s.cap).toFixed(1)}` : `V${chart.y(s.cap).toFixed(1)}`) + `H${chart.x(s.to).toFixed(1)}`;
    last = s;
  }
  let wish = '';
  const before = steps.filter(([t]) => t <= begin).at(-1);
  for (const [t, v] of [...(before ? [[begin, before[1]]] : []), ...steps.filter(([t]) => t > begin && t < end)]) {
    wish += (wish === '' ? `M${chart.x(t).toFixed(1)} ${chart.y(v).toFixed(1)}` : `H${chart.x(t).toFixed(1)}V${chart.y(v).toFixed(1)}`);
  }
  if (wish) wish += `H${chart.x(end).toFixed(1)}`;
  chart.root.append(svg('path', {class: 'delivered', d: under}), svg('path', {class: 'throttled', d: over}), svg('path', {class: 'cap', d: cap}), svg('path', {class: 'target', d: wish}));
  if (one.scheduled_cap_mbps !== null) {
    chart.root.append(svg('path', {class: 'scheduled', d: `M${chart.left} ${chart.y(one.scheduled_cap_mbps)}H${chart.width - chart.right}`}));
  }
  for (const order of orders) orderMark(chart, order, begin, end);
  const line = svg('line', {class: 'cursor', y1: chart.head, y2: chart.y(0), visibility: 'hidden'});
  chart.root.append(line);
  chart.root.setAttribute('aria-label', `${say('last_samples')}: ${say('egress')} ${withUnit(one.egress_mbps)}, ${say('cap')} ${withUnit(one.cap_mbps)}`);
  chart.root.addEventListener('pointermove', event => {
    const t = Math.max(begin, Math.min(end, chart.time(pointer(chart, event)))), s = samples.find(each => each.to >= t) || last;
    for (const end of ['x1', 'x2']) line.setAttribute(end, chart.x(t));
    line.setAttribute('visibility', 'visible');
    tell(event, `${new Date(s.to * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC\n${say('egress')} ${fixed(s.egress, 1)} Mbps\n${say('cap')} ${withUnit(s.cap)}`);
  });
  chart.root.addEventListener('pointerleave', () => { hush(); line.setAttribute('visibility', 'hidden'); });
}
function orderMark(chart, order, begin, end) {
  const t = seconds(order.sent_at || order.planned_at), up = order.kind === 'upgrade', r = 6;
  if (t < begin || t > end) return;
  const x = chart.x(t), y = chart.y(up ? order.to_mbps : order.from_mbps);
  const points = up ? `${x - r},${y + 1} ${x + r},${y + 1} ${x},${y - 1.7 * r}` : `${x - r},${y - 1.7 * r} ${x + r},${y - 1.7 * r} ${x},${y + 1}`;
  const mark = svg('polygon', {class: `order ${up ? 'up' : 'down'}`, points});
  mark.addEventListener('pointermove', event => {
    event.stopPropagation();
    tell(event, `${say(order.kind)}: ${mbps(order.from_mbps)} → ${withUnit(order.to_mbps)}\n${clock(order.planned_at)} UTC\n${order.why || ''}`);
  });
  chart.root.append(mark);
}
const decisionTable = list => table([[say('at'), 'text'], [say('decision'), 'text'], [say('change')], [say('target')], [say('reason'), 'text']],
  list.map(one => node('tr', {}, cell(clock(one.at)), cell(one.action === 'hold' ? reasonName(one.reason) : say(one.action), 'text'),
    cell(one.from_mbps === one.to_mbps ? withUnit(one.from_mbps) : `${mbps(one.from_mbps)} → ${withUnit(one.to_mbps)}`, '', say('change')),
    cell(mbps(one.target_mbps), '', say('target')), cell(plain(one.why || '', 300), 'why'))), {label: say('past_decisions')});

// --- orders, money, what holds, what comes -------------------------------------------------------------
function orderTable(list, label) {
  const known = new Map(world.instances.map(one => [`${one.account} ${one.instance_id}`, one]));
  const head = [[say('at'), 'text'], [say('instance'), 'text'], [say('kind'), 'text'], [say('change')], [say('state'), 'text'], [say('charged')], [say('number'), 'text'], [say('reason'), 'text']];
  return table(head, list.map(one => {
    const bad = one.alarm ? [' ', node('span', {class: 'badge bad'}, one.alarm)] : [];
    const cost = one.charged === null ? `${amount(one.reserved_month, one.currency)} (${say('reserved').toLowerCase()})` : amount(one.charged, one.currency);
    return node('tr', {}, cell(clock(one.planned_at)), cell([linkTo(known.get(`${one.account} ${one.instance_id}`) || one)], 'text'), cell(say(one.kind), 'text'),
      cell(`${mbps(one.from_mbps)} → ${withUnit(one.to_mbps)}`, '', say('change')), cell([one.state, ...bad], 'text'),
      cell(one.kind === 'upgrade' || one.charged !== null ? cost : '–', '', say('charged')), cell(plain(one.order_number || '–', 40), 'text'), cell(plain(one.why || '', 300), 'why'));
  }), {label});
}
async function orders(main) {
  const mine = ++view.token;
  const [open, past] = await Promise.all([read('/api/v1/orders?open=true&limit=1000'), read('/api/v1/orders?limit=100')]);
  if (mine !== view.token) return;
  patch(main, [sectionOf(say('order_open'), open.orders.length ? orderTable(open.orders, say('order_open')) : say('no_open')),
    sectionOf(say('order_past'), past.orders.length ? orderTable(past.orders, say('order_past')) : say('no_orders'))]);
}
function moneyLine(title, spent, limit, currency) {
  const share = limit ? Number(spent) / Number(limit) : 0;
  return node('div', {class: 'money-row'}, node('div', {class: 'heading'}, node('bdi', {}, title),
      node('span', {}, limit ? say('used', {spent: amount(spent, currency), limit: amount(limit, currency)}) : `${amount(spent, currency)}, ${say('no_limit')}`)),
    ...(limit ? [meter(Number(spent), Number(limit), `wide ${share >= 1 ? 'full' : share > .8 ? 'near' : ''}`)] : []));
}
function money(main) {
  const s = world.status;
  if (!s) return;
  const budgets = s.budgets.map(one => moneyLine(one.policy ? say('policy_month', {policy: plain(one.policy)}) : say(one.period === 'day' ? 'fleet_day' : 'fleet_month'), one.spent, one.limit, one.currency));
  const accounts = s.accounts.map(one => node('li', {}, textOf(one.name), ': ', one.purchasing_power === null ? say('power_unknown') : say('can_buy', {amount: amount(one.purchasing_power, one.currency)})));
  const groups = new Map();
  for (const one of world.instances.filter(each => each.policy)) {
    const sum = groups.get(one.policy) || {n: 0, cap: 0, egress: 0, price: null};
    ++sum.n; sum.cap += one.cap_mbps || 0; sum.egress += one.egress_mbps || 0;
    if (one.month_price !== null) sum.price = (sum.price || 0) + Number(one.month_price);
    groups.set(one.policy, sum);
  }
  const rows = [...groups].sort((a, b) => b[1].cap - a[1].cap).map(([name, sum]) => node('tr', {}, cell([textOf(name)]), cell(whole(sum.n), '', say('instances')),
    cell([withUnit(sum.egress), meter(sum.egress, sum.cap)], '', say('egress')), cell(withUnit(sum.cap), '', say('capacity')), cell(sum.price === null ? '–' : amount(sum.price), '', say('renewal'))));
  patch(main, [sectionOf(say('budgets'), ...budgets), sectionOf(say('balances'), node('ul', {class: 'plain'}, ...accounts)),
    sectionOf(say('by_policy'), rows.length ? table([[say('policy'), 'text'], [say('instances')], [say('egress')], [say('capacity')], [say('renewal')]], rows, {label: say('by_policy')}) : say('none'))]);
}
function heldBack(main) {
  const groups = new Map();
  for (const one of world.instances.filter(held)) groups.set(one.decision.reason, [...(groups.get(one.decision.reason) || []), one]);
  const list = [...groups].sort((a, b) => b[1].length - a[1].length).map(([reason, all]) => sectionOf(`${reasonName(reason)} (${whole(all.length)})`,
    table([[say('instance'), 'text'], [say('cap')], [say('target')], [say('not_before'), 'text'], [say('reason'), 'text']], all.slice(0, 25).map(one => node('tr', {},
      cell([linkTo(one)]), cell(mbps(one.cap_mbps), '', say('cap')), cell(mbps(one.decision.target_mbps), '', say('target')), cell(clock(one.decision.not_before), 'text'), cell(plain(one.decision.why || '', 300), 'why'))),
      {label: reasonName(reason)}),
    ...(all.length > 25 ? [node('p', {class: 'note'}, `${say('more', {n: whole(all.length - 25)})} – `, node('a', {href: '#/fleet', onclick: () => Object.assign(view, {filter: reason, chip: 'is_held', page: 0})}, say('show_them')))] : [])));
  patch(main, [node('section', {}, node('h2', {}, say('held')), node('p', {class: 'note'}, say('held_intro')), ...(list.length ? [] : [say('none')])), ...list]);
}
function next(main) {
  const plan = world.plan;
  if (!plan) { main.replaceChildren(node('p', {class: 'note'}, say('loading'))); return; }
  const t = plan.totals;
  const rows = plan.changes.map(one => node('tr', {}, cell([linkTo(one)]), cell(`${mbps(one.now_mbps)} → ${withUnit(one.target_mbps)}`, '', say('change')),
    cell([node('span', {class: `badge ${ACTION[one.action] || ''}`}, say(one.action || 'hold'))], 'text'), cell(one.effective_at ? clock(one.effective_at) : say('at_once'), 'text'),
    cell(one.price ? amount(one.price.due_now, one.price.currency) : '–', '', say('due_now')), cell(plain(one.sentence || '', 300), 'why')));
  patch(main, [node('section', {}, node('h2', {}, say('next')), node('p', {class: 'note'}, say('plan_intro')),
    node('p', {}, say('plan_totals', {up: whole(t.upgrades), down: whole(t.downgrades), rest: whole(t.unchanged), due: amount(t.due_now, t.currency)})),
    ...(rows.length ? [table([[say('instance'), 'text'], [say('change')], [say('decision'), 'text'], [say('effective'), 'text'], [say('due_now')], [say('reason'), 'text']], rows, {label: say('next')})] :
      [node('p', {}, say('plan_none'))]))]);
}
function calendar(main) {
  const now = world.status ? new Date(world.status.now) : new Date(), day = 86400000;
  const today = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()), first = today - ((new Date(today).getUTCDay() + 6) % 7) * day;
  const days = new Map(), later = [];
  for (const one of world.instances) {
    if (!one.cycle_end) continue;
    const at = Math.floor(Date.parse(one.cycle_end) / day) * day, pending = one.scheduled_cap_mbps !== null;
    if (at >= first + 35 * day) { if (pending) later.push(one); continue; }
    const slot = days.get(at) || {ends: 0, pending: []};
    ++slot.ends;
    if (pending) slot.pending.push(one);
    days.set(at, slot);
  }
  const weekday = new Intl.DateTimeFormat(locale(), {weekday: 'short', timeZone: 'UTC'}), dayName = new Intl.DateTimeFormat(locale(), {day: 'numeric', month: 'short', timeZone: 'UTC'});
  const item = one => node('a', {href: pathOf(one)}, node('bdi', {}, plain(nameOf(one), 30)), ` ${mbps(one.cap_mbps)} → ${mbps(one.scheduled_cap_mbps)}`);
  const cells = Array.from({length: 7}, (_, i) => node('div', {class: 'weekday', 'aria-hidden': 'true'}, weekday.format(first + i * day)));
  for (let at = first; at < first + 35 * day; at += day) {
    const slot = days.get(at), kind = `${at === today ? 'today' : at < today ? 'past' : ''} ${slot ? '' : 'empty'}`;
    cells.push(node('div', {class: kind}, node('span', {class: 'day'}, `${dayName.format(at)}${at === today ? ` · ${say('today')}` : ''}`),
      ...(slot ? slot.pending.slice(0, 4).map(item) : []), ...(slot && slot.pending.length > 4 ? [say('more', {n: whole(slot.pending.length - 4)})] : []),
      ...(slot ? [node('span', {class: 'ends'}, say('ends', {n: whole(slot.ends)}))] : [])));
  }
  patch(main, [node('section', {}, node('h2', {}, say('calendar')), node('p', {class: 'note'}, say('calendar_intro')), node('div', {class: 'month'}, ...cells)),
    ...(later.length ? [sectionOf(say('later'), node('ul', {class: 'plain'}, ...later.slice(0, 100).map(one => node('li', {}, `${date(one.cycle_end)} `, item(one)))))] : [])]);
}

// --- which view ------------------------------------------------------------------------------------------
const DRAW = {fleet, next, orders, held: heldBack, money, calendar, instance};
async function draw() {
  const main = $('main');
  if (!world.status && !world.error) { main.replaceChildren(node('p', {class: 'note'}, say('loading'))); return; }
  if (main.dataset.view !== location.hash) { delete main.dataset.drawn; main.dataset.view = location.hash; }
  try {
    await (DRAW[view.name] || (holder => holder.replaceChildren(node('p', {}, say('unknown_page')))))(main, ...view.parts);
  } catch (error) {
    patch(main, [node('section', {}, node('p', {}, plain(error.message, 300)))]);
  }
}
function route() {
  const [name = 'fleet', ...parts] = (location.hash.replace(/^#\/?/, '') || 'fleet').split('/').map(decodeURIComponent);
  const moved = view.name !== '';
  Object.assign(view, {name, parts});
  ++view.token;
  hush();
  document.title = `${say(VIEWS.includes(name) ? name : 'instance')} – Penstock`;
  $('main').replaceChildren();
  drawFrame();
  draw();
  if (name === 'next') refresh();
  if (moved) { $('main').focus({preventScroll: true}); scrollTo(0, 0); }
}
function redraw() {
  delete $('main').dataset.drawn;
  $('main').replaceChildren();
  drawFrame();
  draw();
}
$('language').addEventListener('click', () => { setLanguage(language === 'zh' ? 'en' : 'zh'); world.instances.forEach(prepare); redraw(); });
const THEMES = ['', 'light', 'dark'];
function setTheme(name) {
  if (name) document.documentElement.dataset.theme = name; else delete document.documentElement.dataset.theme;
  localStorage.setItem('theme', name);
}
setTheme(THEMES.includes(localStorage.getItem('theme')) ? localStorage.getItem('theme') : '');
$('theme').addEventListener('click', () => {
  setTheme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme || '') + 1) % THEMES.length]);
  drawFrame();
});
addEventListener('hashchange', route);
let wide = innerWidth;
addEventListener('resize', () => { if (view.name === 'instance' && innerWidth !== wide) draw(); wide = innerWidth; });
async function turn() {
  if (!document.hidden) await refresh();
  setTimeout(turn, 5000);
}
route();
turn();
