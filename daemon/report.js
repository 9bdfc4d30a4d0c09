'use strict';
// Draws the page from the document in #data, with what chart.js defines before it.
const data = JSON.parse(document.getElementById('data').textContent);
const state = {weight: data.weights[0], series: -1, from: 0, to: 1, sort: 'ratio'};
const BILL = 0, LOSS = 1, RATIO = 2, THROTTLED = 3, SATURATED = 4, UP = 5, DOWN = 6, CANCEL = 7;

const money = value => fixed(value, Math.abs(value) >= 10000 ? 0 : 2);
const mbps = value => value >= 100 ? fixed(value, 0) : fixed(value, value >= 10 ? 1 : 2);
const percent = (value, digits = 1) => fixed(100 * value, digits) + ' %';
const excess = ratio => ratio === null ? '–' : (ratio < 1.0005 ? '' : '+') + percent(ratio - 1);
const span = seconds => seconds % 86400 === 0 ? seconds / 86400 + ' d' :
  seconds % 3600 === 0 ? seconds / 3600 + ' h' : seconds % 60 === 0 ? seconds / 60 + ' min' :
  seconds + ' s';
/** What the policy is called wherever players stand side by side. */
const label = name => name === 'policy' ? data.settings.policy :
  name === 'hindsight' ? 'best possible' : name;
const median = values => {
  const sorted = values.filter(v => v !== null).sort((a, b) => a - b), n = sorted.length;
  return n === 0 ? null : n % 2 ? sorted[(n - 1) / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
};
const scored = data.series.filter(one => one.figures[state.weight]);
const rows = one => one.figures[state.weight];
const sum = (player, column) => scored.reduce((all, one) => all + (rows(one)[player][column] || 0), 0);

// --- above the charts ---------------------------------------------------------------------------
function drawHead() {
  const s = data.settings;
  const price = s.price_steps ? 'prices ' + s.price_steps : s.unit_price + ' per Mbps and 30 days';
  const many = scored.length === 1 ? scored[0].name : scored.length + ' series';
  $('subtitle').textContent = `Policy “${s.policy}” on ${many}: ${s.billing}, cycles of ` +
    `${span(s.cycle_seconds)}, ${price}`;
  document.title = `Penstock backtest: ${s.policy}`;
  const buttons = node('div');
  for (const weight of data.weights) {
    buttons.append(node('button', {
      type: 'button', 'aria-pressed': String(weight === state.weight),
      onclick: () => { state.weight = weight; draw(); },
    }, weight));
  }
  $('weights').replaceChildren('throttle weight λ', buttons);
  const shown = (key, value) => key.endsWith('_seconds') ? span(value) :
    Array.isArray(value) ? value.join(', ') : String(value);
  $('settings').replaceChildren(...Object.entries(s).filter(([, v]) => v !== '' && v !== 0).map(
    ([key, value]) => node('tr', {}, node('td', {}, key.replace('_seconds', '').replaceAll('_', ' ')),
                           node('td', {}, shown(key, value)))));
}
function standings() {
  return data.players.map((name, p) => {
    const ratios = scored.map(one => rows(one)[p][RATIO]);
    const known = ratios.filter(r => r !== null);
    return {
      name, p, median: median(ratios), worst: known.length ? Math.max(...known) : null,
      mean: known.length ? known.reduce((a, b) => a + b, 0) / known.length : null,
    };
  });
}
function drawTiles() {
  const table = standings(), policy = table[0];
  const rival = table.slice(2).filter(one => one.median !== null)
    .sort((a, b) => a.median - b.median)[0];
  const tile = (value, text) => node('div', {class: 'tile'}, node('b', {}, value),
                                     node('span', {}, text));
  const demanded = scored.map(one => rows(one)[0][THROTTLED]);
  const tiles = [
    tile(money(sum(0, BILL)), scored.length > 1 ? 'bill of all series' : 'bill'),
    tile(excess(policy.median), scored.length > 1 ? 'above the best possible (median)' :
      'above the best possible'),
    tile(percent(median(demanded), 3), scored.length > 1 ? 'of bits throttled (median)' :
      'of bits throttled'),
    tile(`${sum(0, UP)} / ${sum(0, DOWN)}`, 'upgrades / downgrades ordered'),
  ];
  if (rival) {
    const saved = 1 - sum(0, LOSS) / sum(rival.p, LOSS);
    tiles.push(tile(percent(Math.abs(saved)),
                    `${saved >= 0 ? 'less' : 'more'} loss than ${rival.name}, the best of the others`));
  }
  $('tiles').replaceChildren(...tiles);
}
function drawBars() {
  const table = standings().filter(one => one.p !== 1 && one.median !== null)
    .sort((a, b) => a.median - b.median);
  // A few that are far off must not press all others together.
  const excesses = table.map(one => one.median - 1);
  const top = Math.max(0.1, Math.min(Math.max(...excesses), 3 * Math.max(0.02, median(excesses))));
  $('bars-note').textContent = (scored.length > 1 ? 'Median over the series of the' : 'The') +
    ' extra loss, bill and throttling together, over a cap that knows the future; shorter is better.';
  $('bars').replaceChildren(...table.map(one => {
    const over = Math.max(0, one.median - 1), off = over > top;
    const row = node('div', {class: 'bar-row' + (one.p === 0 ? ' mine' : '') + (off ? ' off' : '')},
      node('div', {class: 'name', title: one.name}, label(one.name)),
      node('div', {class: 'track'},
           node('div', {class: 'bar', style: `width:${(Math.min(over, top) / top * 58).toFixed(2)}%`}),
           node('b', {}, excess(one.median)),
           scored.length > 1 ? `mean ${excess(one.mean)}, worst ${excess(one.worst)}` : ''));
    return row;
  }));
}

// --- one series ---------------------------------------------------------------------------------
/** The value of every slot from [slot, value, slot, value…]. */
function unroll(steps, slots) {
  const out = new Array(slots).fill(null);
  for (let k = 0; k < steps.length; k += 2) {
    out.fill(steps[k + 1], steps[k], k + 2 < steps.length ? steps[k + 2] : slots);
  }
  return out;
}
/** What is drawn of the slots from a to b: at most a column a pixel, with least and largest kept. */
function columns(view, a, b, width) {
  const per = Math.max(1, Math.ceil((b - a) / width)), out = [];
  for (let s = a; s < b; s += per) {
    const one = {at: s, until: Math.min(b, s + per), low: Infinity, high: -Infinity, cap: null, best: null};
    for (let k = s; k < one.until; ++k) {
      if (view.high[k] !== null) {
        one.low = Math.min(one.low, view.low[k]);
        one.high = Math.max(one.high, view.high[k]);
      }
      if (view.cap[k] !== null) one.cap = Math.max(one.cap || 0, view.cap[k]);
      if (view.best[k]) one.best = Math.max(one.best || 0, view.best[k]);
    }
    out.push(one);
  }
  return out;
}
function stairs(list, chart, begin, slot, value) {
  let path = '', before = null;
  for (const one of list) {
    const v = value(one);
    if (v === null) { before = null; continue; }
    const x1 = chart.x(begin + one.at * slot).toFixed(1), x2 = chart.x(begin + one.until * slot).toFixed(1);
    const y = chart.y(v).toFixed(1);
    path += (before === null ? `M${x1} ${y}` : before === v ? '' : `V${y}`) + `H${x2}`;
    before = v;
  }
  return path;
}
function drawTraffic(one) {
  const c = one.chart, w = c.weights[state.weight], slots = c.low.length;
  const view = {low: c.low, high: c.high || c.low, cap: unroll(w.cap, slots), best: unroll(w.best, slots)};
  const a = Math.floor(state.from * slots), b = Math.max(a + 2, Math.ceil(state.to * slots));
  const begin = c.begin + a * c.slot, end = c.begin + b * c.slot;
  const list = columns(view, a, b, Math.max(300, $('traffic').clientWidth - 70));
  let top = 0;
  for (const col of list) top = Math.max(top, col.high, col.cap || 0, col.best || 0);
  const chart = frame($('traffic'), 330, begin, end, top * 1.06 || 1, 'Mbps');
  const base = chart.y(0), clip = v => Math.max(chart.left, Math.min(chart.width - chart.right, v));
  const scoredX = clip(chart.x(c.begin + c.scored_from));
  if (scoredX > chart.left) {
    chart.root.append(svg('rect', {class: 'skip', x: chart.left, y: chart.head, width: scoredX - chart.left,
                                   height: base - chart.head}));
    chart.root.append(svg('text', {x: chart.left + 8, y: chart.head + 12}, 'learning, not scored'));
  }
  const step = data.settings.cycle_seconds;
  for (let t = c.begin + step; t < c.begin + c.span && c.span / step < 60; t += step) {
    if (t <= begin || t >= end) continue;
    chart.root.append(svg('line', {class: 'cycle', x1: chart.x(t), x2: chart.x(t), y1: chart.head, y2: base}));
  }
  let delivered = '', throttled = '', demand = '', torn = true;
  for (const col of list) {
    if (col.high < 0) { torn = true; continue; }
    const x1 = chart.x(c.begin + col.at * c.slot).toFixed(1), x2 = chart.x(c.begin + col.until * c.slot).toFixed(1);
    const under = Math.min(col.high, col.cap === null ? col.high : col.cap);
    delivered += `M${x1} ${base}V${chart.y(under).toFixed(1)}H${x2}V${base}Z`;
    if (col.high > under) throttled += `M${x1} ${chart.y(under).toFixed(1)}V${chart.y(col.high).toFixed(1)}H${x2}V${chart.y(under).toFixed(1)}Z`;
    const y = chart.y(col.high).toFixed(1);
    demand += (torn ? `M${x1} ${y}` : `V${y}`) + (col.low === col.high ? '' : `V${chart.y(col.low).toFixed(1)}`) + `H${x2}`;
    torn = false;
  }
  chart.root.append(svg('path', {class: 'delivered', d: delivered}), svg('path', {class: 'throttled', d: throttled}),
                    svg('path', {class: 'demand', d: demand}),
                    svg('path', {class: 'best', d: stairs(list, chart, c.begin, c.slot, col => col.best)}),
                    svg('path', {class: 'cap', d: stairs(list, chart, c.begin, c.slot, col => col.cap)}));
  pointAt(chart, c, view, a, b);
  drawOrders(chart, c, w, begin, end);
}
const ORDER = {up: 'Upgrade', schedule: 'Downgrade at the end of the cycle', down: 'Downgrade',
               drop: 'Pending downgrade cancelled'};
function drawOrders(chart, c, w, begin, end) {
  const inside = w.orders.filter(([at]) => c.begin + at >= begin && c.begin + at <= end).length;
  const r = inside > 60 ? 4 : 6;
  for (const [at, kind, from, to, why] of w.orders) {
    const t = c.begin + at;
    if (t < begin || t > end) continue;
    const x = chart.x(t), up = kind === 'up', y = chart.y(Math.max(up ? to : from, 0));
    const points = up ? `${x - r},${y + 1} ${x + r},${y + 1} ${x},${y - 1.7 * r}` :
      `${x - r},${y - 1.7 * r} ${x + r},${y - 1.7 * r} ${x},${y + 1}`;
    const mark = svg('polygon', {class: 'order ' + kind, points});
    const sizes = kind === 'drop' ? `${from} Mbps` : `${from} → ${to} Mbps`;
    mark.addEventListener('pointermove', event => {
      event.stopPropagation();
      tell(event, `${ORDER[kind]}: ${sizes}\n${when(t)} UTC${why ? '\n' + why : ''}`);
    });
    chart.root.append(mark);
  }
}
/** The cursor with its figures, and zooming by dragging. */
function pointAt(chart, c, view, a, b) {
  const line = svg('line', {class: 'cursor', y1: chart.head, y2: chart.y(0), visibility: 'hidden'});
  const brush = svg('rect', {class: 'brush', y: chart.head, height: chart.y(0) - chart.head, width: 0});
  chart.root.append(brush, line);
  let start = null;
  chart.root.addEventListener('pointermove', event => {
    const px = Math.max(chart.left, Math.min(chart.width - chart.right, pointer(chart, event)));
    line.setAttribute('x1', px);
    line.setAttribute('x2', px);
    line.setAttribute('visibility', 'visible');
    if (start !== null) {
      brush.setAttribute('x', Math.min(px, start));
      brush.setAttribute('width', Math.abs(px - start));
    }
    const slot = Math.max(a, Math.min(b - 1, Math.floor((chart.time(px) - c.begin) / c.slot)));
    const cap = view.cap[slot], best = view.best[slot], high = view.high[slot];
    tell(event, `${when(c.begin + slot * c.slot)} UTC\n` +
      (high === null ? 'no sample' : `demand ${mbps(high)} Mbps`) +
      (cap === null ? '' : `\ncap ${mbps(cap)} Mbps`) + (best ? `\nbest possible ${mbps(best)} Mbps` : ''));
  });
  chart.root.addEventListener('pointerleave', () => { hush(); line.setAttribute('visibility', 'hidden'); });
  chart.root.addEventListener('pointerdown', event => {
    start = pointer(chart, event);
    event.preventDefault();
  });
  chart.root.addEventListener('pointerup', event => {
    const px = pointer(chart, event);
    if (start !== null && Math.abs(px - start) > 8) {
      const share = p => Math.max(0, Math.min(1, (chart.time(p) - c.begin) / (c.low.length * c.slot)));
      [state.from, state.to] = [share(Math.min(px, start)), share(Math.max(px, start))];
      drawDetail();
    }
    start = null;
    brush.setAttribute('width', 0);
  });
  chart.root.addEventListener('dblclick', () => { [state.from, state.to] = [0, 1]; drawDetail(); });
}
const HUES = ['#0d9488', '#c2410c', '#7c3aed', '#be185d'];
function drawBill(one) {
  const c = one.chart, bills = c.weights[state.weight].bills, there = Object.keys(bills).length > 0;
  for (const id of ['bill', 'bill-head', 'bill-legend']) $(id).hidden = !there;
  if (!there) return;
  const order = data.players.map((name, p) => ({name, loss: rows(one)[p][LOSS], p}))
    .slice(2).sort((x, y) => x.loss - y.loss).slice(0, HUES.length);
  const lines = [{name: 'hindsight', colour: 'var(--best)', dash: '5 3'},
                 ...order.map((o, k) => ({name: o.name, colour: HUES[k]})),
                 {name: 'policy', colour: 'var(--cap)', wide: true}];
  const begin = c.begin + c.scored_from, end = c.begin + c.span;
  const over = $('bill-kind').value === 'over';
  const shown = name => over ? bills[name].map((v, k) => v - bills.hindsight[k]) : bills[name];
  const top = Math.max(...lines.flatMap(l => shown(l.name)));
  const low = Math.min(0, ...lines.flatMap(l => shown(l.name)));
  const chart = frame($('bill'), 240, begin, end, top + (top - low) * .05 || 1, 'bill', low * 1.05);
  for (const l of lines) {
    const values = shown(l.name);
    const d = values.map((v, k) => `${k ? 'L' : 'M'}${chart.x(begin + k / (values.length - 1) * (end - begin)).toFixed(1)} ${chart.y(v).toFixed(1)}`).join('');
    chart.root.append(svg('path', {d, fill: 'none', stroke: l.colour, 'stroke-width': l.wide ? 2.6 : 1.6,
                                   'stroke-dasharray': l.dash || 'none'}));
  }
  chart.root.addEventListener('pointermove', event => {
    const t = Math.max(begin, Math.min(end, chart.time(pointer(chart, event))));
    const k = Math.round((t - begin) / (end - begin) * (bills.policy.length - 1));
    tell(event, `${when(t)} UTC\n` + lines.map(l => [label(l.name), shown(l.name)[k]]).sort((x, y) => y[1] - x[1])
      .map(([name, v]) => `${name}: ${money(v)}`).join('\n'));
  });
  chart.root.addEventListener('pointerleave', hush);
  $('bill-legend').replaceChildren(...[...lines].reverse().map(l => {
    const key = node('i', {class: 'rule'});
    key.style.borderColor = l.colour;
    if (l.dash) key.style.borderTopStyle = 'dashed';
    return node('span', {}, key, label(l.name));
  }));
}
function drawPlayers(one) {
  const head = ['', 'bill', 'throttled', 'saturated', 'up / down / cancelled', 'loss', 'above the best'];
  const list = data.players.map((name, p) => ({name, row: rows(one)[p], p}))
    .sort((x, y) => (x.p === 1 ? -1 : y.p === 1 ? 1 : x.row[LOSS] - y.row[LOSS]));
  $('players').replaceChildren(node('tr', {}, ...head.map(text => node('th', {}, text))),
    ...list.map(({name, row, p}) => node('tr', {class: p === 0 ? 'mine' : ''},
      ...[label(name), money(row[BILL]), percent(row[THROTTLED], 3),
          p === 1 ? '' : fixed(row[SATURATED] / 3600, 1) + ' h',
          p === 1 ? '' : `${row[UP]} / ${row[DOWN]} / ${row[CANCEL]}`, money(row[LOSS]),
          p === 1 ? '' : excess(row[RATIO])].map(text => node('td', {}, text)))));
}
function drawDetail() {
  const one = data.series[state.series];
  $('detail').hidden = !one;
  if (!one) return;
  const key = (kind, text) => {
    const mark = node('i', {class: kind.rule ? 'rule' : ''});
    mark.style[kind.rule ? 'borderColor' : 'background'] = `var(--${kind.name})`;
    if (kind.dash) mark.style.borderTopStyle = 'dashed';
    return node('span', {}, mark, text);
  };
  const w = one.chart.weights[state.weight];
  $('legend').replaceChildren(key({name: 'delivered'}, 'delivered'), key({name: 'throttled'}, 'throttled'),
    key({name: 'cap', rule: true}, 'cap of the policy'),
    ...(w.best.length ? [key({name: 'best', rule: true, dash: true}, 'best possible cap')] : []),
    ...(w.orders.length ? [node('span', {}, '▲ upgrade'), node('span', {}, '▼ downgrade')] : []),
    ...(w.more_orders ? [`${w.more_orders} more orders are not drawn`] : []));
  drawTraffic(one);
  drawBill(one);
  drawPlayers(one);
}

// --- all series ---------------------------------------------------------------------------------
function choose(index) {
  Object.assign(state, {series: index, from: 0, to: 1});
  $('choose').value = String(index);
  drawDetail();
}
function drawSeries() {
  $('all-series').hidden = data.series.length < 2 && scored.length > 0;
  const column = {name: one => one.name, samples: one => one.samples, bill: one => rows(one)[0][BILL],
                  throttled: one => rows(one)[0][THROTTLED], orders: one => rows(one)[0][UP] + rows(one)[0][DOWN],
                  loss: one => rows(one)[0][LOSS], ratio: one => rows(one)[0][RATIO] || 0};
  const title = {name: 'series', samples: 'samples', bill: 'bill', throttled: 'throttled',
                 orders: 'up / down / cancelled', loss: 'loss', ratio: 'above the best'};
  const value = column[state.sort];
  const list = [...scored].sort((a, b) => state.sort === 'name' ? a.name.localeCompare(b.name) : value(b) - value(a));
  const head = node('tr', {}, ...Object.keys(title).map(name => node('th', {
    class: 'sort', onclick: () => { state.sort = name; drawSeries(); },
  }, title[name] + (name === state.sort ? ' ↓' : ''))));
  const short = data.series.filter(one => !one.figures[state.weight]);
  $('series').replaceChildren(head, ...list.map(one => {
    const row = rows(one)[0];
    const cells = [one.name, fixed(one.samples, 0), money(row[BILL]), percent(row[THROTTLED], 3),
                   `${row[UP]} / ${row[DOWN]} / ${row[CANCEL]}`, money(row[LOSS]), excess(row[RATIO])];
    const line = node('tr', {}, ...cells.map(text => node('td', {}, text)));
    if (one.chart) {
      line.className = 'link';
      line.title = 'show its chart';
      line.addEventListener('click', () => { choose(data.series.indexOf(one)); $('detail').scrollIntoView(); });
    }
    return line;
  }), ...short.map(one => node('tr', {}, node('td', {}, one.name), node('td', {}, fixed(one.samples, 0)),
                               node('td', {colspan: 5}, 'too short to be scored'))));
}
function draw() {
  drawHead();
  for (const id of ['tiles', 'standing', 'detail']) $(id).hidden = scored.length === 0;
  drawSeries();
  if (scored.length === 0) {
    $('subtitle').textContent = `No series is long enough to be scored: ` +
      `${data.settings.skip_cycles + 1} cycles of ${span(data.settings.cycle_seconds)} are needed`;
    return;
  }
  drawTiles();
  drawBars();
  drawDetail();
}
const drawn = data.series.map((one, i) => [one, i]).filter(([one]) => one.chart);
$('choose').replaceChildren(...drawn.map(([one, i]) => node('option', {value: i}, one.name)));
$('choose').hidden = drawn.length < 2;
$('bill-kind').addEventListener('change', () => drawDetail());
$('choose').addEventListener('change', event => choose(Number(event.target.value)));
if (drawn.length) state.series = drawn[0][1];
draw();
addEventListener('resize', () => { if (scored.length) drawDetail(); });
