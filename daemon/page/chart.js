'use strict';
// Elements, axes and the tip, shared by the daemon's page and the backtest's report. A plain script:
// what it defines is seen by the scripts after it. Names come from outside: they are only ever set
// as text, never as markup.
const $ = id => document.getElementById(id);
const SVG = 'http://www.w3.org/2000/svg';

function node(tag, attributes = {}, ...children) {
  const one = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) one.addEventListener(name.slice(2), value);
    else one.setAttribute(name, value);
  }
  one.append(...children);
  return one;
}
function svg(tag, attributes = {}, text) {
  const one = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
  if (text !== undefined) one.textContent = text;
  return one;
}
const fixed = (value, digits) => value === null || value === undefined ? '–' :
  value.toLocaleString('en', {minimumFractionDigits: digits, maximumFractionDigits: digits});
const when = seconds => new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ');

// --- the tip ------------------------------------------------------------------------------------
function tell(event, text) {
  const tip = $('tip');
  tip.textContent = text;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  const right = event.clientX + 16 + box.width > innerWidth;
  tip.style.left = Math.max(4, right ? event.clientX - box.width - 14 : event.clientX + 16) + 'px';
  tip.style.top = Math.max(4, Math.min(event.clientY + 12, innerHeight - box.height - 6)) + 'px';
}
const hush = () => { $('tip').hidden = true; };

// --- axes ---------------------------------------------------------------------------------------
function ticks(low, high, most) {
  const raw = (high - low) / most, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= raw) || raw;
  const out = [];
  for (let v = Math.ceil(low / step) * step; v <= high + step * 1e-9; v += step) out.push(v);
  return out;
}
function timeTicks(begin, end, most) {
  const steps = [15, 30, 60, 120, 300, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600,
                 2592000, 7776000, 15552000, 31536000];
  const step = steps.find(s => (end - begin) / s <= most) || 31536000;
  const out = [];
  for (let t = Math.ceil(begin / step) * step; t <= end; t += step) {
    const iso = new Date(t * 1000).toISOString();
    out.push([t, step < 60 ? iso.slice(11, 19) : end - begin <= 86400 ? iso.slice(11, 16) : step < 86400 ? iso.slice(5, 16).replace('T', ' ') : iso.slice(0, 10)]);
  }
  return out;
}
/** A frame with both axes; gives its scales. */
function frame(holder, height, begin, end, top, label, low = 0) {
  const width = Math.max(320, holder.clientWidth), left = 58, right = 12, bottom = 26, head = 18;
  const root = svg('svg', {viewBox: `0 0 ${width} ${height}`, height, role: 'img', 'aria-label': label});
  const x = t => left + (t - begin) / (end - begin) * (width - left - right);
  const y = v => head + (top - v) / (top - low) * (height - head - bottom);
  for (const v of ticks(low, top, 5)) {
    root.append(svg('line', {class: 'grid', x1: left, x2: width - right, y1: y(v), y2: y(v)}));
    root.append(svg('text', {x: left - 8, y: y(v) + 4, 'text-anchor': 'end'},
                    v.toLocaleString('en', {maximumFractionDigits: 6})));
  }
  root.append(svg('text', {x: left - 8, y: 11, 'text-anchor': 'end'}, label));
  for (const [t, text] of timeTicks(begin, end, Math.floor(width / 125))) {
    root.append(svg('line', {class: 'grid', x1: x(t), x2: x(t), y1: height - bottom, y2: height - bottom + 5}));
    root.append(svg('text', {x: Math.min(x(t), width - 36), y: height - 6, 'text-anchor': 'middle'}, text));
  }
  holder.replaceChildren(root);
  return {root, x, y, width, height, left, right, bottom, head,
          time: px => begin + (px - left) / (width - left - right) * (end - begin)};
}
const pointer = (chart, event) => {
  const box = chart.root.getBoundingClientRect();
  return (event.clientX - box.left) / box.width * chart.width;
};
