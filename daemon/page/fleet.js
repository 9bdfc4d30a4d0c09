'use strict';
// The fleet: tiles, and a table to filter, sort and leaf through.
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
  return node('section', {class: 'tiles'},
    tile(whole(s?.instances ?? world.instances.length), `${say('instances')}${say('also')}${say('with_policy', {n: whole(s?.instances_with_policy ?? 0)})}`),
    tile(withUnit(egress), say('delivered_of', {cap: withUnit(capacity)})),
    tile(whole(world.instances.filter(CHIPS.is_saturated).length), say('saturated')),
    tile(whole(s?.open_orders ?? 0), `${say('open_orders')}${say('also')}${say('orders_today', {n: whole(s?.orders_today ?? 0), limit: whole(s?.orders_per_day ?? 0)})}`),
    tile(month ? amount(month.spent, month.currency) : '–', `${say('month_spent')}${month?.limit ? `${say('also')}${say('of_limit', {limit: amount(month.limit, month.currency)})}` : ''}`));
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
