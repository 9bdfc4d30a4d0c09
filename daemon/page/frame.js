'use strict';
// What stands round every view: sections, state, notices; and the tables that the views share.
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
  if (world.locked) [kind, text] = ['wait', say('locked')];
  else if (world.error) [kind, text] = ['bad', say('unreachable')];
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
  if (world.error && !(world.locked && bearer === '')) all.push([true, world.error]);
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
/** Asks for the token, once; what is being typed stays. */
function askForToken(main) {
  if (main.querySelector('#token')) return;
  const field = node('input', {id: 'token', type: 'password', autocomplete: 'off', spellcheck: 'false', required: ''});
  const form = node('form', {class: 'bar-line'}, node('label', {for: 'token'}, say('token')), field,
    node('button', {type: 'submit'}, say('token_use')));
  form.addEventListener('submit', event => {
    event.preventDefault();
    bearer = field.value.trim();
    sessionStorage.setItem('token', bearer);
    refresh();
  });
  main.replaceChildren(node('section', {}, node('p', {}, say('token_needed')), form));
  delete main.dataset.drawn;
}
function table(head, rows, attributes = {}) {
  const line = head.map(([text, kind]) => node('th', {scope: 'col', class: kind || ''}, text));
  return node('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': attributes.label || ''},
    node('table', {class: 'cards'}, node('thead', {}, node('tr', {}, ...line)), node('tbody', {}, ...rows)));
}
function cell(text, kind = '', head = '') {
  const one = node('td', {class: kind});
  if (head) one.dataset.head = head;
  if (text === '–') one.classList.add('blank');
  one.append(...(Array.isArray(text) ? text : [text]));
  return one;
}
const sectionOf = (title, ...children) => node('section', {}, node('h2', {}, title), ...children);
