'use strict';
// Which view the address names, language and theme, and the turn every few seconds. Last of all
// scripts. Names come from outside: they are only ever set as text.
const DRAW = {fleet, next, orders, held: heldBack, money, calendar, instance};
async function draw() {
  const main = $('main');
  if (world.locked) { askForToken(main); return; }
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
