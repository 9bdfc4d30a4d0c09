// Holds dashboards against Grafana's published types: node types.mjs MODULES DASHBOARD.json...
// Each becomes a TypeScript literal of the type in dashboard.ts; then the check is checked: every
// mistake below, made in a dashboard that has what it is about, has to be refused.
import {spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';

const [, , modules, ...files] = process.argv;
const folder = join(modules, 'types');
rmSync(folder, {recursive: true, force: true});
mkdirSync(folder);

const panel = (board, type) => board.panels.find(one => one.type === type);
const rename = (holder, from, to) => { holder[to] = holder[from]; delete holder[from]; };
const overridden = board => board.panels.find(one => one.fieldConfig?.overrides.length);
const MISTAKES = {
  'a misspelt option': board => rename(panel(board, 'timeseries').options.legend, 'showLegend', 'showLegends'),
  'an unknown value of an option': board => { panel(board, 'stat').options.colorMode = 'valeu'; },
  'a missing option': board => { delete panel(board, 'timeseries').options.tooltip; },
  'an option of another panel': board => { panel(board, 'table').options.graphMode = 'area'; },
  'a number as text': board => { panel(board, 'timeseries').fieldConfig.defaults.custom.lineWidth = '2'; },
  'a misspelt field setting': board => rename(panel(board, 'timeseries').fieldConfig.defaults.custom, 'fillOpacity', 'fillOpactiy'),
  'a misspelt standard setting': board => rename(panel(board, 'stat').fieldConfig.defaults, 'unit', 'units'),
  'a misspelt threshold': board => rename(panel(board, 'stat').fieldConfig.defaults.thresholds.steps[0], 'color', 'colour'),
  'a misspelt override': board => { overridden(board).fieldConfig.overrides[0].properties[0].id = 'custom.lineStlye'; },
  'an unknown matcher': board => { overridden(board).fieldConfig.overrides[0].matcher.id = 'byNam'; },
  'an unknown panel': board => { panel(board, 'stat').type = 'stats'; },
  'a misspelt size': board => rename(panel(board, 'stat').gridPos, 'w', 'width'),
  'a misspelt query': board => rename(panel(board, 'stat').targets[0], 'expr', 'query'),
  'an unknown transformation': board => { panel(board, 'table').transformations.at(-1).id = 'organise'; },
  'a misspelt variable': board => rename(board.templating.list.at(-1), 'includeAll', 'includeall'),
  'an unknown variable': board => { board.templating.list[0].type = 'datasources'; },
  'an unknown kind of tooltip': board => { board.graphTooltip = 7; },
  'a misspelt link': board => rename(board.links[0], 'keepTime', 'keepTimes'),
  'a misspelt dashboard': board => rename(board, 'templating', 'variables'),
  'a misspelt annotation': board => rename(board.annotations.list[0], 'enable', 'enabled'),
};
function write(name, board) {
  const text = JSON.stringify(board, null, 1);
  writeFileSync(join(folder, name), `import type {Dashboard} from '../dashboard';\nexport const board: Dashboard = ${text};\n`);
}
/** The first of the dashboards in which the mistake can be made at all, with it made. */
function spoilt(mistake) {
  for (const file of files) {
    const board = JSON.parse(readFileSync(file, 'utf8'));
    try { mistake(board); } catch { continue; }
    return board;
  }
  return null;
}

const whole = files.map(file => {
  const name = `${basename(file, '.json')}.ts`;
  write(name, JSON.parse(readFileSync(file, 'utf8')));
  return name;
});
const wrong = new Map();
for (const [what, mistake] of Object.entries(MISTAKES)) {
  const board = spoilt(mistake);
  if (board === null) { console.log(`types: FAIL ${what} fits into no dashboard`); process.exitCode = 1; continue; }
  const name = `mistake-${wrong.size}.ts`;
  wrong.set(name, what);
  write(name, board);
}
writeFileSync(join(modules, 'tsconfig.json'), JSON.stringify({
  compilerOptions: {strict: true, noEmit: true, module: 'esnext', moduleResolution: 'bundler', target: 'es2022',
                    lib: ['es2022', 'dom', 'dom.iterable'], jsx: 'react-jsx', types: [], skipLibCheck: true},
  include: ['types/*.ts', 'dashboard.ts'],
}));
const said = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--pretty', 'false'],
                       {cwd: modules, encoding: 'utf8'});
const complaints = (said.stdout + said.stderr).split('\n').filter(line => /error TS/.test(line));
const of = name => complaints.filter(line => line.startsWith(`types/${name}`));
const elsewhere = complaints.filter(line => ![...whole, ...wrong.keys()].some(name => line.startsWith(`types/${name}`)));
for (const line of elsewhere) console.log(`types: ${line}`);
for (const name of whole) {
  const found = of(name);
  console.log(`types: ${found.length ? 'FAIL' : 'ok  '} ${name.replace('.ts', '.json')} against @grafana/schema`);
  for (const line of found) console.log(`  ${line}`);
  if (found.length) process.exitCode = 1;
}
const missed = [...wrong].filter(([name]) => of(name).length === 0);
for (const [, what] of missed) console.log(`types: FAIL ${what} is let through`);
if (missed.length || elsewhere.length) process.exitCode = 1;
else console.log(`types: ok   ${wrong.size} deliberate mistakes are refused`);
