'use strict';
// One instance: its facts, its traffic under its cap, what rules and guards say, its past.
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
    node('section', {}, node('h2', {class: 'name'}, textOf(nameOf(one))), node('p', {class: 'note'}, textOf(one.instance_id)), ...wholeName(one), facts(one)),
    sectionOf(say('why_now'), node('p', {}, badge(one), ' ', ...sentence(one.decision.why, 400)),
      ...(one.decision.target_why && one.decision.target_why !== one.decision.why ? [node('p', {class: 'note'}, ...sentence(one.decision.target_why, 400))] : []),
      ...(one.decision.not_before ? [node('p', {class: 'note'}, `${say('not_before')}: ${clock(one.decision.not_before)} UTC`)] : [])),
    sectionOf(say('last_samples'), legend(one), chart, node('p', {class: 'note'}, say('chart_note'))),
    sectionOf(say('rules'), said(told.rules, ruleLine)), sectionOf(say('guards'), ...guardLines(one, told.guards)),
    sectionOf(say('past_orders'), orders.orders.length ? orderTable(orders.orders, say('past_orders')) : say('no_orders')),
    sectionOf(say('past_decisions'), past.decisions.length ? decisionTable(past.decisions) : say('no_decisions')));
  traffic(chart, told, past.decisions, orders.orders);
}
function facts(one) {
  const list = [
    ['egress', withUnit(one.egress_mbps)], ['demand', withUnit(one.demand_mbps)], ['cap', one.unlimited ? say('unlimited') : withUnit(one.cap_mbps)],
    ['target', withUnit(one.decision.target_mbps)], ['scheduled', one.scheduled_cap_mbps === null ? '' : withUnit(one.scheduled_cap_mbps)],
    ['limit', withUnit(one.limit_mbps)], ['included', one.included_mbps ? withUnit(one.included_mbps) : ''], ['term_end', one.cycle_end ? date(one.cycle_end) : ''],
    ['month_price', one.month_price === null ? '' : amount(one.month_price)], ['policy', one.policy ? `${plain(one.policy)}${one.mode === 'observe' ? `, ${say('observe')}` : ''}` : ''],
    ['status', one.status], ['product', `${one.product}, ${one.type}`], ['zone', one.zone], ['charge', `${one.charge}, ${one.internet_charge}`],
    ['account', one.account], ['resource_group', one.resource_group || ''], ['tags', Object.entries(one.tags).map(pair => pair.join('=')).join(', ')],
  ];
  return node('dl', {class: 'facts'}, ...list.filter(([, value]) => value && value !== '–').map(([name, value]) =>
    node('div', {}, node('dt', {}, say(name)), node('dd', {}, node('bdi', {}, plain(value, 200))))));
}
const said = (list, line) => list.length ? node('ul', {class: 'plain'}, ...list.map(line)) : node('p', {class: 'note'}, say('none'));
const ruleLine = one => node('li', {}, node('b', {}, codeName(one.kind)), ' ',
  one.wants_mbps === null ? say('silent') : say('wants', {cap: withUnit(one.wants_mbps)}), one.why ? node('small', {class: 'note'}, ' – ', ...sentence(one.why, 400)) : '');
const guardLine = (reason, why) => node('li', {}, node('span', {class: 'badge warn'}, say('holds')), ' ', reasonName(reason),
  why ? node('small', {class: 'note'}, ' – ', ...sentence(why, 400)) : '');
/** What holds says why; what passes would only say what is not the case. */
function guardLines(one, list) {
  const holding = list.filter(each => each.held).map(each => guardLine(each.reason, each.why));
  if (holding.length === 0 && held(one)) holding.push(guardLine(one.decision.reason, one.decision.why));
  const passing = list.filter(each => !each.held).map(each => reasonName(each.reason)).join(say('comma'));
  return [holding.length ? node('ul', {class: 'plain'}, ...holding) : node('p', {}, say('nothing_holds')),
    ...(passing ? [node('p', {class: 'note'}, say('passes', {list: passing}))] : [])];
}
function wholeName(one) {
  const name = nameOf(one), shown = plain(name, 20000);
  if (plain(name) === shown) return [];
  return [node('details', {}, node('summary', {}, say('whole_name', {n: whole([...name].length)})), node('bdi', {class: 'name'}, shown))];
}
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
    cell(mbps(one.target_mbps), '', say('target')), cell(sentence(one.why), 'why'))), {label: say('past_decisions')});
