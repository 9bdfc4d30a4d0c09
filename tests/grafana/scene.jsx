// A dashboard's JSON as a scene in the browser: variables, time, rows, panels, annotations. Everything
// in the JSON is either used here or checked by types; nothing is drawn from what is not in it.
import {PluginType, createTheme, standardEditorsRegistry, standardFieldConfigEditorRegistry, standardTransformers, standardTransformersRegistry, LoadingState, ThemeContext, EventBusSrv, getValueFormats, toDataFrame} from '@grafana/data';
import {config, setAppEvents, setDataSourceSrv, setPluginImportUtils, setRunRequest} from '@grafana/runtime';
import * as S from '@grafana/scenes';
import {GlobalStyles, PortalContainer} from '@grafana/ui';
import {createRoot} from 'react-dom/client';
import {MemoryRouter} from 'react-router-dom';
import {catchError, map, of} from 'rxjs';
import {PANELS, standardSettings} from './panels.jsx';
import {Prometheus} from './prometheus.js';

const UID = 'prometheus-of-the-check';

function services(url, theme) {
  const settings = {uid: UID, id: 1, name: 'Prometheus', type: 'prometheus', url, jsonData: {}, access: 'proxy', readOnly: true,
                    meta: {id: 'prometheus', name: 'Prometheus', type: PluginType.datasource, module: '', baseUrl: '', info: {logos: {small: '', large: ''}}}};
  const source = new Prometheus(settings);
  source.meta = settings.meta;
  setDataSourceSrv({get: async () => source, getList: () => [settings], getInstanceSettings: () => settings, registerRuntimeDataSource() {}, reload() {}});
  setRunRequest((one, request) => one.query(request).pipe(
    map(answer => ({state: LoadingState.Done, series: answer.data.map(toDataFrame), annotations: [], timeRange: request.range, request})),
    catchError(error => of({state: LoadingState.Error, series: [], annotations: [], errors: [{message: error.message}], timeRange: request.range, request}))));
  const panel = id => { if (!PANELS[id]) throw new Error(`no panel of kind ${id}`); return PANELS[id]; };
  setPluginImportUtils({importPanelPlugin: async id => panel(id), getPanelPluginFromCache: panel});
  setAppEvents(new EventBusSrv());
  standardFieldConfigEditorRegistry.setInit(standardSettings);
  standardEditorsRegistry.setInit(() => []);
  standardTransformersRegistry.setInit(() => [...new Map(Object.values(standardTransformers).map(one => [one.id, one])).values()].map(one => (
    {id: one.id, name: one.name, editor: () => null, transformation: async () => one, imageDark: '', imageLight: ''})));
  config.theme2 = theme;
}

function variable(one, chosen) {
  const {name, label, type} = one;
  if (type === 'datasource') return new S.DataSourceVariable({name, label, pluginId: one.query});
  if (type !== 'query') throw new Error(`no variable of kind ${type}`);
  const value = chosen[name] ?? one.current?.value ?? '';
  return new S.QueryVariable({name, label, datasource: one.datasource, query: one.query, refresh: one.refresh, sort: one.sort, isMulti: one.multi,
                              includeAll: one.includeAll, allValue: one.allValue, regex: one.regex ?? '', value, text: chosen[name] ?? one.current?.text ?? ''});
}
function panel(one) {
  const runner = new S.SceneQueryRunner({datasource: one.datasource, queries: one.targets});
  return new S.SceneGridItem({key: `item-${one.id}`, x: one.gridPos.x, y: one.gridPos.y, width: one.gridPos.w, height: one.gridPos.h, body: new S.VizPanel({
    key: `panel-${one.id}`, title: one.title, description: one.description, pluginId: one.type, options: one.options, fieldConfig: one.fieldConfig,
    $data: one.transformations?.length ? new S.SceneDataTransformer({$data: runner, transformations: one.transformations}) : runner})});
}
function layout(board) {
  const children = [];
  for (const one of board.panels) {
    if (one.type === 'row') {
      children.push(new S.SceneGridRow({key: `row-${one.id}`, title: one.title, y: one.gridPos.y, isCollapsed: one.collapsed, children: []}));
    } else {
      const last = children.at(-1);
      if (last instanceof S.SceneGridRow) last.setState({children: [...last.state.children, panel(one)]});
      else children.push(panel(one));
    }
  }
  return new S.SceneGridLayout({children, isDraggable: false, isResizable: false});
}

/** Draws the dashboard over a span of time, with some variables chosen. */
export function show(board, {prometheus, light, from, to, chosen = {}}) {
  const theme = createTheme({colors: {mode: light ? 'light' : 'dark'}});
  services(prometheus, theme);
  document.body.style.background = theme.colors.background.canvas;
  const scene = new S.EmbeddedScene({
    $timeRange: new S.SceneTimeRange({from, to, timeZone: 'utc'}),
    $variables: new S.SceneVariableSet({variables: board.templating.list.map(one => variable(one, chosen))}),
    $data: new S.SceneDataLayerSet({layers: board.annotations.list.map(query => new S.dataLayers.AnnotationsDataLayer({
      name: query.name, isEnabled: query.enable, query}))}),
    $behaviors: [new S.behaviors.CursorSync({sync: board.graphTooltip})],
    controls: [new S.VariableValueSelectors({}), new S.SceneControlsSpacer(), new S.SceneTimePicker({})],
    body: layout(board),
  });
  window.scene = scene;
  const holder = document.createElement('main');
  document.body.replaceChildren(holder);
  createRoot(holder).render(
    <ThemeContext.Provider value={theme}><GlobalStyles /><MemoryRouter future={{v7_startTransition: true, v7_relativeSplatPath: true}}><scene.Component model={scene} /></MemoryRouter><PortalContainer /></ThemeContext.Provider>);
}

/** What a panel holds by now: whether its queries have ended, with which errors, how many figures. */
function held(panel) {
  const data = S.sceneGraph.getData(panel).state.data, frames = data?.series ?? [];
  const numbers = frames.flatMap(frame => frame.fields.filter(field => field.type === 'number').flatMap(field => field.values));
  const units = panel.state.fieldConfig.overrides.flatMap(one => one.properties.filter(({id}) => id === 'unit').map(({value}) => value));
  return {key: panel.state.key, title: panel.state.title, kind: panel.state.pluginId, done: data?.state === LoadingState.Done || data?.state === LoadingState.Error,
          errors: [...(data?.errors ?? []).map(one => one.message), ...(data?.error ? [data.error.message] : [])],
          figures: panel.state.pluginId === 'table' ? frames.reduce((sum, frame) => sum + frame.length, 0) : numbers.filter(Number.isFinite).length, units: [panel.state.fieldConfig.defaults.unit, ...units].filter(Boolean)};
}
export function look() {
  return S.sceneGraph.findAllObjects(window.scene, one => one instanceof S.VizPanel).map(held);
}
const units = new Set(getValueFormats().flatMap(group => group.submenu.map(one => one.value)));
window.show = show;
window.look = look;
window.isUnit = id => units.has(id) || /^(prefix|suffix|si|time|count|currency|bool):/.test(id);
