'use strict';
// Orders, money, what is held back, what comes next, and the calendar of terms.
function orderTable(list, label) {
  const known = new Map(world.instances.map(one => [`${one.account} ${one.instance_id}`, one]));
  const head = [[say('at'), 'text'], [say('instance'), 'text'], [say('kind'), 'text'], [say('change')], [say('state'), 'text'], [say('charged')], [say('reason'), 'text']];
  return table(head, list.map(one => {
    const bad = one.alarm ? [' ', node('span', {class: 'badge bad'}, one.alarm)] : [];
    const number = one.order_number ? [node('small', {}, textOf(one.order_number, 40))] : [];
    const cost = one.charged === null ? `${amount(one.reserved_month, one.currency)} (${say('reserved').toLowerCase()})` : amount(one.charged, one.currency);
    return node('tr', {}, cell(clock(one.planned_at)), cell([linkTo(known.get(`${one.account} ${one.instance_id}`) || one)], 'text'), cell(say(one.kind), 'text'),
      cell(`${mbps(one.from_mbps)} → ${withUnit(one.to_mbps)}`, '', say('change')), cell([codeName(one.state), ...bad, ...number], 'text'),
      cell(one.kind === 'upgrade' || one.charged !== null ? cost : '–', '', say('charged')), cell(sentence(one.why), 'why'));
  }), {label});
}
async function orders(main) {
  const mine = ++view.token;
  const [open, past] = await Promise.all([read('/api/v1/orders?open=true&limit=1000'), read('/api/v1/orders?limit=100')]);
  if (mine !== view.token) return;
  const still = new Set(open.orders.map(one => one.id)), settled = past.orders.filter(one => !still.has(one.id));
  patch(main, [sectionOf(say('order_open'), open.orders.length ? orderTable(open.orders, say('order_open')) : say('no_open')),
    sectionOf(say('order_past'), settled.length ? orderTable(settled, say('order_past')) : say('no_orders'))]);
}
function moneyLine(title, spent, limit, currency) {
  const share = limit ? Number(spent) / Number(limit) : 0;
  return node('div', {class: 'money-row'}, node('div', {class: 'heading'}, node('bdi', {}, title),
      node('span', {}, limit ? say('used', {spent: amount(spent, currency), limit: amount(limit, currency)}) : say('no_limit', {spent: amount(spent, currency)}))),
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
  const rows = [...groups].sort((a, b) => b[1].cap - a[1].cap).map(([name, sum]) => node('tr', {}, cell([textOf(name)]), cell(whole(sum.n), '', say('how_many')),
    cell([withUnit(sum.egress), meter(sum.egress, sum.cap)], '', say('egress')), cell(withUnit(sum.cap), '', say('capacity')), cell(sum.price === null ? '–' : amount(sum.price), '', say('renewal'))));
  patch(main, [sectionOf(say('budgets'), ...budgets), sectionOf(say('balances'), node('ul', {class: 'plain'}, ...accounts)),
    sectionOf(say('by_policy'), rows.length ? table([[say('policy'), 'text'], [say('how_many')], [say('egress')], [say('capacity')], [say('renewal')]], rows, {label: say('by_policy')}) : say('none'))]);
}
function heldTable(reason, all) {
  const dated = all.some(one => one.decision.not_before);
  const head = [[say('instance'), 'text'], [say('cap')], [say('target')], ...(dated ? [[say('not_before'), 'text']] : []), [say('reason'), 'text']];
  return table(head, all.slice(0, 25).map(one => node('tr', {},
    cell([linkTo(one)]), cell(mbps(one.cap_mbps), '', say('cap')), cell(mbps(one.decision.target_mbps), '', say('target')),
    ...(dated ? [cell(clock(one.decision.not_before), 'text', say('not_before'))] : []), cell(sentence(one.decision.why), 'why'))), {label: reasonName(reason)});
}
function heldBack(main) {
  const groups = new Map();
  for (const one of world.instances.filter(held)) groups.set(one.decision.reason, [...(groups.get(one.decision.reason) || []), one]);
  const list = [...groups].sort((a, b) => b[1].length - a[1].length).map(([reason, all]) => sectionOf(`${reasonName(reason)} (${whole(all.length)})`,
    heldTable(reason, all),
    ...(all.length > 25 ? [node('p', {class: 'note'}, `${say('more', {n: whole(all.length - 25)})} – `, node('a', {href: '#/fleet', onclick: () => Object.assign(view, {filter: reason, chip: 'is_held', page: 0})}, say('show_them')))] : [])));
  patch(main, [node('section', {}, node('h2', {}, say('held')), node('p', {class: 'note'}, say('held_intro')), ...(list.length ? [] : [say('none')])), ...list]);
}
function next(main) {
  const plan = world.plan;
  if (!plan) { main.replaceChildren(node('p', {class: 'note'}, say('loading'))); return; }
  const t = plan.totals;
  const rows = plan.changes.map(one => node('tr', {}, cell([linkTo(one)]), cell(`${mbps(one.now_mbps)} → ${withUnit(one.target_mbps)}`, '', say('change')),
    cell([node('span', {class: `badge ${ACTION[one.action] || ''}`}, say(one.action || 'hold'))], 'text'), cell(one.effective_at ? clock(one.effective_at) : say('at_once'), 'text'),
    cell(one.price ? amount(one.price.due_now, one.price.currency) : '–', '', say('due_now')), cell(sentence(one.sentence), 'why')));
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
  const item = one => node('a', {href: pathOf(one)}, textOf(nameOf(one), 30), node('small', {}, ` ${mbps(one.cap_mbps)} → ${withUnit(one.scheduled_cap_mbps)}`));
  const cells = Array.from({length: 7}, (_, i) => node('div', {class: 'weekday', 'aria-hidden': 'true'}, weekday.format(first + i * day)));
  for (let at = first; at < first + 35 * day; at += day) {
    const slot = days.get(at), kind = `${at === today ? 'today' : at < today ? 'past' : ''} ${slot ? '' : 'empty'}`;
    cells.push(node('div', {class: kind}, node('span', {class: 'day'}, `${dayName.format(at)}${at === today ? ` · ${say('today')}` : ''}`),
      ...(slot ? slot.pending.slice(0, 4).map(item) : []), ...(slot && slot.pending.length > 4 ? [node('span', {class: 'ends'}, say('more', {n: whole(slot.pending.length - 4)}))] : []),
      ...(slot ? [node('span', {class: 'ends'}, say('ends', {n: whole(slot.ends)}))] : [])));
  }
  patch(main, [node('section', {}, node('h2', {}, say('calendar')), node('p', {class: 'note'}, say('calendar_intro')), node('div', {class: 'month'}, ...cells)),
    ...(later.length ? [sectionOf(say('later'), node('ul', {class: 'plain'}, ...later.slice(0, 100).map(one => node('li', {}, `${date(one.cycle_end)} `, item(one)))))] : [])]);
}
